package dev.redrive.topology;

import dev.redrive.domain.stats.Windows;
import dev.redrive.state.CommandStore;
import dev.redrive.state.DueQueue;
import dev.redrive.state.HeldStore.HeapBudget;
import dev.redrive.state.JobStore;
import dev.redrive.state.LeaseStore;
import dev.redrive.state.RateStore.OpenSums;
import dev.redrive.state.ServiceStore;
import dev.redrive.state.SpentStore;
import dev.redrive.state.StoreNames;
import dev.redrive.state.UserStore;
import dev.redrive.state.WaitingInputs;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.state.KeyValueStore;

/** The stores of one task of the users' sub-topology. */
record TaskStores(
        JobStore jobs,
        UserStore users,
        ServiceStore services,
        DueQueue due,
        LeaseStore leases,
        OpenSums sums,
        SpentStore spent,
        CommandStore open,
        WaitingInputs waiting,
        Windows windows) {

    static TaskStores of(ProcessorContext<?, ?> context, PipelineSettings settings, HeapBudget filters) {
        return new TaskStores(
                new JobStore(store(context, StoreNames.JOBS), settings.jobRetention(), filters),
                new UserStore(
                        store(context, StoreNames.USERS), store(context, StoreNames.MARKS), settings.userRetention()),
                new ServiceStore(store(context, StoreNames.SERVICES), settings.userRetention()),
                new DueQueue(store(context, StoreNames.DUE)),
                new LeaseStore(store(context, StoreNames.LEASES)),
                new OpenSums(store(context, StoreNames.OPEN_SUMS), settings.maxSeries()),
                new SpentStore(store(context, StoreNames.SPENT), settings.jobRetention()),
                new CommandStore(store(context, StoreNames.MARKS)),
                new WaitingInputs(store(context, StoreNames.MARKS), settings.maxOutputBytes()),
                settings.windows());
    }

    static KeyValueStore<Bytes, byte[]> store(ProcessorContext<?, ?> context, String name) {
        return context.getStateStore(name);
    }
}
