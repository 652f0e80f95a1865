package dev.redrive.it;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.ProduceRequestData;
import org.apache.kafka.common.message.ProduceRequestData.PartitionProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceData;
import org.apache.kafka.common.message.ProduceRequestData.TopicProduceDataCollection;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.RecordBatch;
import org.apache.kafka.common.requests.ProduceRequest;
import org.apache.kafka.common.requests.ProduceResponse;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.ResponseHeader;
import org.apache.kafka.common.utils.ByteBufferOutputStream;
import org.apache.kafka.common.utils.ByteUtils;

/**
 * Publishes a record whose value is nothing but zeros, compressed by zstd to a millionth: as a batch made piece by piece, for
 * a producer would have to hold the value.
 */
final class CompressedZeros {

    private static final short VERSION = 12;
    private static final int OVERHEAD = DefaultRecordBatch.RECORD_BATCH_OVERHEAD;

    private CompressedZeros() {}

    /** Returns the offset of the record. */
    static long publish(String broker, String topic, int partition, int valueBytes) throws IOException {
        ProduceRequestData request = new ProduceRequestData()
                .setAcks((short) -1)
                .setTimeoutMs(60_000)
                .setTopicData(new TopicProduceDataCollection(List.of(new TopicProduceData()
                                .setName(topic)
                                .setPartitionData(List.of(new PartitionProduceData()
                                        .setIndex(partition)
                                        .setRecords(MemoryRecords.readableRecords(batch(valueBytes))))))
                        .iterator()));
        ByteBuffer bytes = ProduceRequest.builder(request)
                .build(VERSION)
                .serializeWithHeader(new RequestHeader(ApiKeys.PRODUCE, VERSION, "zeros", 1));
        String[] address = broker.split(":");
        try (Socket socket = new Socket(address[0], Integer.parseInt(address[1]))) {
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            out.writeInt(bytes.remaining());
            out.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
            out.flush();
            DataInputStream in = new DataInputStream(socket.getInputStream());
            byte[] answer = new byte[in.readInt()];
            in.readFully(answer);
            return offset(ByteBuffer.wrap(answer));
        }
    }

    private static long offset(ByteBuffer answer) {
        ResponseHeader.parse(answer, ApiKeys.PRODUCE.responseHeaderVersion(VERSION));
        var partition = ProduceResponse.parse(new ByteBufferAccessor(answer), VERSION)
                .data()
                .responses()
                .iterator()
                .next()
                .partitionResponses()
                .get(0);
        if (partition.errorCode() != 0) {
            throw new IllegalStateException("refused with error " + partition.errorCode());
        }
        return partition.baseOffset();
    }

    private static ByteBuffer batch(int valueBytes) throws IOException {
        ByteBufferOutputStream out = new ByteBufferOutputStream(1 << 20);
        out.position(OVERHEAD);
        try (DataOutputStream record =
                new DataOutputStream(Compression.zstd().build().wrapForOutput(out, RecordBatch.CURRENT_MAGIC_VALUE))) {
            int besideValue = 1 + 1 + 1 + 1 + 1 + ByteUtils.sizeOfVarint(valueBytes) + 1;
            ByteUtils.writeVarint(besideValue + valueBytes, record);
            record.writeByte(0);
            ByteUtils.writeVarlong(0, record);
            ByteUtils.writeVarint(0, record);
            ByteUtils.writeVarint(1, record);
            record.writeByte('u');
            ByteUtils.writeVarint(valueBytes, record);
            byte[] zeros = new byte[1 << 16];
            for (int left = valueBytes; left > 0; left -= Math.min(left, zeros.length)) {
                record.write(zeros, 0, Math.min(left, zeros.length));
            }
            ByteUtils.writeVarint(0, record);
        }
        ByteBuffer batch = out.buffer();
        int size = batch.position();
        batch.position(0);
        long now = System.currentTimeMillis();
        DefaultRecordBatch.writeHeader(
                batch,
                0,
                0,
                size,
                RecordBatch.CURRENT_MAGIC_VALUE,
                CompressionType.ZSTD,
                TimestampType.CREATE_TIME,
                now,
                now,
                RecordBatch.NO_PRODUCER_ID,
                RecordBatch.NO_PRODUCER_EPOCH,
                RecordBatch.NO_SEQUENCE,
                false,
                false,
                false,
                RecordBatch.NO_PARTITION_LEADER_EPOCH,
                1);
        batch.position(0);
        batch.limit(size);
        return batch.slice();
    }
}
