// Publishes failures with the official JavaScript clients and prints the dead letters that come of them, one JSON line
// each. All it needs is in the environment: BOOTSTRAP_SERVERS, REGISTRY_URL, TOPIC_PREFIX, JOB_FAILURE_SCHEMA (a file)
// and USERS (a JSON list); each user's job fails with 404.
import { readFile } from 'node:fs/promises';
import schemaregistry from '@confluentinc/schemaregistry';
import kafkajs from 'kafkajs';
import { decompress } from 'fzstd';

const { AvroDeserializer, AvroSerializer, SchemaRegistryClient, SerdeType } = schemaregistry;
const { CompressionCodecs, CompressionTypes, Kafka, Partitioners, logLevel } = kafkajs;

const { BOOTSTRAP_SERVERS, REGISTRY_URL, TOPIC_PREFIX, JOB_FAILURE_SCHEMA } = process.env;
const users = JSON.parse(process.env.USERS);
const failures = `${TOPIC_PREFIX}failures`;
const deadLetters = `${TOPIC_PREFIX}dead-letters`;

// Redrive compresses with Zstandard, which kafkajs leaves to others.
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: async () => {
    throw new Error('nothing is compressed here');
  },
  decompress: async (buffer) => Buffer.from(decompress(buffer)),
});

const kafka = new Kafka({
  clientId: 'javascript',
  brokers: BOOTSTRAP_SERVERS.split(','),
  logLevel: logLevel.INFO,
  logCreator: () => ({ log }) => console.error(JSON.stringify(log)),
});
const registry = new SchemaRegistryClient({ baseURLs: [REGISTRY_URL] });

await publish();
await printDeadLetters();

async function publish() {
  const schema = await readFile(JOB_FAILURE_SCHEMA, 'utf8');
  await registry.register(`${failures}-value`, { schemaType: 'AVRO', schema });
  const serializer = new AvroSerializer(registry, SerdeType.VALUE, { useLatestVersion: true, autoRegisterSchemas: false });
  const messages = await Promise.all(
    users.map(async (userId) => ({ key: userId, value: await serializer.serialize(failures, failureOf(userId)) })),
  );
  // Kafka's own choice of the partition: all of one user must stand in one.
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  await producer.send({ topic: failures, acks: -1, messages });
  await producer.disconnect();
}

function failureOf(userId) {
  return {
    userId,
    jobId: `job-of-${userId}`,
    attempt: 1,
    service: 'music',
    operation: 'music.song.generate',
    method: 'POST',
    route: '/v1/music/songs',
    cause: 'RESPONSE',
    httpStatus: 404,
    errorBody: '{"success":false,"data":null,"error":{"code":"voice_not_found","message":"no such voice"}}',
    responseHeaders: { 'x-request-id': 'r-1' },
    idempotencyKey: `key-of-${userId}`,
    request: { contentType: 'application/json', body: Buffer.from('{"prompt":"a song"}') },
    failedAt: Date.now(),
    labels: {},
  };
}

async function printDeadLetters() {
  const deserializer = new AvroDeserializer(registry, SerdeType.VALUE, {});
  const consumer = kafka.consumer({ groupId: `${TOPIC_PREFIX}javascript`, readUncommitted: false });
  await consumer.connect();
  await consumer.subscribe({ topic: deadLetters, fromBeginning: true });
  const awaited = new Set(users);
  await new Promise((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    consumer.run({
      eachMessage: async ({ message }) => {
        const letter = await deserializer.deserialize(deadLetters, message.value);
        const { userId, jobId, code, idempotencyKey } = letter;
        console.log(JSON.stringify({
          key: message.key.toString(),
          reason: message.headers['redrive-reason'].toString(),
          userId, jobId, code, idempotencyKey,
          request: letter.failure.request.body.toString(),
        }));
        awaited.delete(userId);
        if (awaited.size === 0) {
          resolve();
        }
      },
    });
  });
  await consumer.disconnect();
}
