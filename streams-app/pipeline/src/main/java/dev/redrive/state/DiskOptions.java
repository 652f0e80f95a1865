package dev.redrive.state;

import java.util.Map;
import org.apache.kafka.streams.state.RocksDBConfigSetter;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.Cache;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteBufferManager;

/**
 * RocksDB options of the stores: all stores of a process share {@link #WRITE_BUFFERS_BYTES} for writes and {@link
 * #CACHE_BYTES} for reads, instead of Kafka Streams' default of 98 MiB for each store of each task.
 *
 * <p>Most lookups are for unknown jobs. Kafka Streams enables filters for the files; a filter per memtable answers the
 * rest of these lookups without a search.
 */
public final class DiskOptions implements RocksDBConfigSetter {

    /** Size of the read cache that all stores of the process share. */
    public static final long CACHE_BYTES = 64L * 1024 * 1024;

    /** Size of the write buffers that all stores of the process share. */
    public static final long WRITE_BUFFERS_BYTES = 256L * 1024 * 1024;

    /** Allocation unit of a memtable: small, because most of a task's stores are. */
    private static final long ARENA_BLOCK_BYTES = 64L * 1024;

    private static final int ANY_SHARDS = -1;

    /** Share of a memtable for its filter. */
    private static final double FILTER_RATIO = 0.1;

    static {
        RocksDB.loadLibrary();
    }

    private static final Cache CACHE = new LRUCache(CACHE_BYTES, ANY_SHARDS);
    private static final Cache UNCHARGED = new LRUCache(0, ANY_SHARDS);
    private static final WriteBufferManager WRITE_BUFFERS = new WriteBufferManager(WRITE_BUFFERS_BYTES, UNCHARGED);

    @Override
    public void setConfig(String storeName, Options options, Map<String, Object> configs) {
        BlockBasedTableConfig tables = (BlockBasedTableConfig) options.tableFormatConfig();
        tables.setBlockCache(CACHE);
        tables.setCacheIndexAndFilterBlocks(true);
        options.setTableFormatConfig(tables);
        options.setWriteBufferManager(WRITE_BUFFERS);
        options.setArenaBlockSize(ARENA_BLOCK_BYTES);
        options.setMemtablePrefixBloomSizeRatio(FILTER_RATIO);
        options.setMemtableWholeKeyFiltering(true);
    }

    @Override
    public void close(String storeName, Options options) {
        // The shared objects stay open for the other stores.
    }
}
