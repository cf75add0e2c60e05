#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <sys/eventfd.h>

// Swift's module of the C library leaves eventfd out. Gives -1 and errno when it fails.
static inline int tidemark_event_counter(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

// `rd_kafka_producev` takes a variable argument list, which Swift cannot call. The key and the value are copied;
// `headers`, which may be NULL, belong to librdkafka when this succeeds and to the caller otherwise. A `timestamp` of 0
// means now. `opaque` comes back in the delivery report.
static inline rd_kafka_resp_err_t tidemark_produce(rd_kafka_t *handle, rd_kafka_topic_t *topic, int32_t partition,
                                                   const void *value, size_t value_length, const void *key,
                                                   size_t key_length, int64_t timestamp, rd_kafka_headers_t *headers,
                                                   void *opaque) {
    if (headers) {
        return rd_kafka_producev(handle, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(partition),
                                 RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_VALUE((void *)value, value_length),
                                 RD_KAFKA_V_KEY(key, key_length), RD_KAFKA_V_TIMESTAMP(timestamp),
                                 RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_OPAQUE(opaque), RD_KAFKA_V_END);
    }
    return rd_kafka_producev(handle, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(partition),
                             RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_VALUE((void *)value, value_length),
                             RD_KAFKA_V_KEY(key, key_length), RD_KAFKA_V_TIMESTAMP(timestamp), RD_KAFKA_V_OPAQUE(opaque),
                             RD_KAFKA_V_END);
}
