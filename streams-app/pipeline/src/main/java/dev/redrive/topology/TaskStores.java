package dev.redrive.topology;

import dev.redrive.config.RedriveConfig;
import dev.redrive.domain.stats.Windows;
import dev.redrive.state.CommandStore;
import dev.redrive.state.DueQueue;
import dev.redrive.state.HeapStore.HeapBudget;
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

    static TaskStores of(ProcessorContext<?, ?> context, RedriveConfig config, HeapBudget filters) {
        return new TaskStores(
                new JobStore(store(context, StoreNames.JOBS), config.jobs().retention(), filters),
                new UserStore(
                        store(context, StoreNames.USERS),
                        store(context, StoreNames.MARKS),
                        config.users().retention()),
                new ServiceStore(
                        store(context, StoreNames.SERVICES), config.users().retention()),
                new DueQueue(store(context, StoreNames.DUE)),
                new LeaseStore(store(context, StoreNames.LEASES)),
                new OpenSums(
                        store(context, StoreNames.OPEN_SUMS),
                        config.errorRates().maxSeriesPerWindow()),
                new SpentStore(store(context, StoreNames.SPENT), config.jobs().retention()),
                new CommandStore(store(context, StoreNames.MARKS)),
                new WaitingInputs(
                        store(context, StoreNames.MARKS), config.limits().maxOutputBytes()),
                new Windows(config.errorRates().window(), config.errorRates().grace()));
    }

    static KeyValueStore<Bytes, byte[]> store(ProcessorContext<?, ?> context, String name) {
        return context.getStateStore(name);
    }
}
