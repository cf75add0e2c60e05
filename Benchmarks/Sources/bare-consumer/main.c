// Reads so many records of a topic and does nothing with them but copy their values: bare-consumer BROKERS TOPIC RECORDS.
// What librdkafka itself costs on this machine, for comparison.

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = 4096, BUFFER = 64 << 20 };

static void fail(const char *what, const char *reason) {
    fprintf(stderr, "bare-consumer: %s: %s\n", what, reason);
    exit(1);
}

static void set(rd_kafka_conf_t *configuration, const char *name, const char *value) {
    char reason[512];
    if (rd_kafka_conf_set(configuration, name, value, reason, sizeof reason) != RD_KAFKA_CONF_OK) fail(name, reason);
}

static rd_kafka_t *connect_to(const char *brokers) {
    rd_kafka_conf_t *configuration = rd_kafka_conf_new();
    set(configuration, "bootstrap.servers", brokers);
    set(configuration, "group.id", "bare-consumer");
    set(configuration, "enable.auto.commit", "false");
    char reason[512];
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_CONSUMER, configuration, reason, sizeof reason);
    if (!client) fail("no client", reason);
    rd_kafka_poll_set_consumer(client);
    return client;
}

// Has all partitions read from their beginnings.
static void assign_all(rd_kafka_t *client, const char *topic) {
    rd_kafka_topic_t *handle = rd_kafka_topic_new(client, topic, NULL);
    const struct rd_kafka_metadata *metadata;
    rd_kafka_resp_err_t code = rd_kafka_metadata(client, 0, handle, &metadata, 10000);
    if (code) fail("no metadata", rd_kafka_err2str(code));
    int partitions = metadata->topics[0].partition_cnt;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
    for (int number = 0; number < partitions; number++)
        rd_kafka_topic_partition_list_add(list, topic, number)->offset = RD_KAFKA_OFFSET_BEGINNING;
    code = rd_kafka_assign(client, list);
    if (code) fail("not assigned", rd_kafka_err2str(code));
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(handle);
}

int main(int count, char **arguments) {
    if (count != 4) fail("usage", "bare-consumer BROKERS TOPIC RECORDS");
    rd_kafka_t *client = connect_to(arguments[1]);
    assign_all(client, arguments[2]);
    long left = atol(arguments[3]);
    static rd_kafka_message_t *messages[BATCH];
    char *buffer = malloc(BUFFER);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(client);
    while (left > 0) {
        ssize_t taken = rd_kafka_consume_batch_queue(queue, 1000, messages, BATCH);
        size_t filled = 0;
        for (ssize_t index = 0; index < taken; index++) {
            rd_kafka_message_t *message = messages[index];
            if (!message->err) {
                if (filled + message->len > BUFFER) filled = 0;
                if (message->len <= BUFFER) memcpy(buffer + filled, message->payload, message->len);
                filled += message->len;
                left--;
            }
            rd_kafka_message_destroy(message);
        }
    }
    rd_kafka_queue_destroy(queue);
    rd_kafka_consumer_close(client);
    rd_kafka_destroy(client);
    free(buffer);
    return 0;
}
