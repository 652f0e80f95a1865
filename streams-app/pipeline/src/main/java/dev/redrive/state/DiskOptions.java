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
 * How the stores are kept on disk: all of a process share {@link #WRITE_BUFFERS_BYTES} for what was written and
 * {@link #CACHE_BYTES} for what was read, in place of 98 MiB for each store of each task, which is what Kafka Streams
 * allows.
 *
 * <p>Most questions are for jobs that nobody has seen before. Kafka Streams filters the files; a filter over each table in
 * memory answers the rest of them without a search.
 */
public final class DiskOptions implements RocksDBConfigSetter {

    /** What was read, of all stores of the process together. */
    public static final long CACHE_BYTES = 64L * 1024 * 1024;

    /** What was written and is not yet in files, of all together. */
    public static final long WRITE_BUFFERS_BYTES = 256L * 1024 * 1024;

    /** What a table in memory takes at a time: small, for most of the stores of a task are. */
    private static final long ARENA_BLOCK_BYTES = 64L * 1024;

    private static final int ANY_SHARDS = -1;

    /** The part of a table in memory that its filter takes. */
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
        // What is shared stays for the other stores.
    }
}
