package dev.redrive.topology;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;

/** Writes the stores of a driver to the files that another one opens. */
final class StoreFiles {

    private StoreFiles() {}

    static void copy(TopologyTestDriver driver, Path stores) {
        try {
            for (String name : driver.getAllStateStores().keySet()) {
                copy(driver.getKeyValueStore(name), Files.createDirectories(stores.resolve(name)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void copy(KeyValueStore<Bytes, byte[]> store, Path to) {
        try (Options options = new Options().setCreateIfMissing(true);
                RocksDB files = RocksDB.open(options, to.toString());
                KeyValueIterator<Bytes, byte[]> entries = store.all()) {
            while (entries.hasNext()) {
                KeyValue<Bytes, byte[]> entry = entries.next();
                files.put(entry.key.get(), entry.value);
            }
        } catch (RocksDBException e) {
            throw new IllegalStateException(e);
        }
    }
}
