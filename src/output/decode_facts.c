/* SPDX-License-Identifier: Apache-2.0 */
#include "decode.h"

#include <string.h>

#define VALUE_WIDTH 60
#define MOST_VALUES 3
#define MOST_ERRORS 4

enum mode {
	VALUES, /* the first few, then how many more */
	COUNT,  /* elements of all arrays together */
	SUM,    /* bytes of records and bytes fields */
	ERRORS, /* the names of those that are not 0 */
};

/* What one line says of a message: "label=path", a path being field names joined by dots that goes through
 * arrays. Behind the path: '#' counts elements, '+' adds sizes up, '!' names errors. */
static const struct row {
	const char *api;
	const char *request, *response;
} rows[] = {
	{ "Produce", "acks=acks topics=topic_data# partitions=topic_data.partition_data# "
	             "records=topic_data.partition_data.records+ transaction=transactional_id",
	  "error=responses.partition_responses.error_code! topics=responses# partitions=responses.partition_responses#" },
	{ "Fetch", "topics=topics# partitions=topics.partitions# session=session_id wait_ms=max_wait_ms",
	  "error=error_code! error=responses.partitions.error_code! topics=responses# "
	  "partitions=responses.partitions# records=responses.partitions.records+ session=session_id" },
	{ "ListOffsets", "topics=topics.name partitions=topics.partitions#",
	  "error=topics.partitions.error_code! partitions=topics.partitions#" },
	{ "Metadata", "topics=topics.name",
	  "error=error_code! error=topics.error_code! brokers=brokers# controller=controller_id topics=topics#" },
	{ "OffsetCommit", "group=group_id generation=generation_id_or_member_epoch member=member_id "
	                  "topics=topics.name partitions=topics.partitions#",
	  "error=topics.partitions.error_code! partitions=topics.partitions#" },
	{ "OffsetFetch", "group=group_id group=groups.group_id topics=topics.name topics=groups.topics.name",
	  "error=error_code! error=groups.error_code! error=topics.partitions.error_code! "
	  "partitions=topics.partitions# partitions=groups.topics.partitions#" },
	{ "FindCoordinator", "key=key keys=coordinator_keys",
	  "error=error_code! error=coordinators.error_code! node=node_id host=host port=port "
	  "key=coordinators.key node=coordinators.node_id host=coordinators.host" },
	{ "JoinGroup", "group=group_id member=member_id instance=group_instance_id protocols=protocols.name reason=reason",
	  "error=error_code! generation=generation_id protocol=protocol_name leader=leader member=member_id "
	  "members=members#" },
	{ "Heartbeat", "group=group_id generation=generation_id member=member_id", "error=error_code!" },
	{ "LeaveGroup", "group=group_id member=member_id members=members.member_id instances=members.group_instance_id "
	                "reason=members.reason",
	  "error=error_code! error=members.error_code!" },
	{ "SyncGroup", "group=group_id generation=generation_id member=member_id assignments=assignments#",
	  "error=error_code! protocol=protocol_name bytes=assignment+" },
	{ "DescribeGroups", "groups=groups",
	  "error=groups.error_code! group=groups.group_id state=groups.group_state members=groups.members#" },
	{ "ListGroups", "states=states_filter types=types_filter", "error=error_code! groups=groups#" },
	{ "SaslHandshake", "mechanism=mechanism", "error=error_code! mechanisms=mechanisms" },
	{ "SaslAuthenticate", "token_bytes=auth_bytes+", "error=error_code! message=error_message token_bytes=auth_bytes+" },
	{ "ApiVersions", "software=client_software_name version=client_software_version",
	  "error=error_code! apis=api_keys#" },
	{ "InitProducerId", "transaction=transactional_id producer=producer_id epoch=producer_epoch",
	  "error=error_code! producer=producer_id epoch=producer_epoch" },
	{ "AddPartitionsToTxn", "transaction=v3_and_below_transactional_id transactions=transactions.transactional_id",
	  "error=error_code! error=results_by_topic_v3_and_below.results_by_partition.partition_error_code!" },
	{ "EndTxn", "transaction=transactional_id producer=producer_id epoch=producer_epoch committed=committed",
	  "error=error_code! producer=producer_id epoch=producer_epoch" },
	{ "TxnOffsetCommit", "group=group_id transaction=transactional_id generation=generation_id member=member_id "
	                     "topics=topics.name",
	  "error=topics.partitions.error_code!" },
	{ "ConsumerGroupHeartbeat", "group=group_id member=member_id epoch=member_epoch instance=instance_id "
	                            "topics=subscribed_topic_names owned=topic_partitions.partitions#",
	  "error=error_code! member=member_id epoch=member_epoch assigned=assignment.topic_partitions.partitions#" },
	{ "ShareGroupHeartbeat", "group=group_id member=member_id epoch=member_epoch topics=subscribed_topic_names",
	  "error=error_code! member=member_id epoch=member_epoch assigned=assignment.topic_partitions.partitions#" },
	{ "StreamsGroupHeartbeat", "group=group_id member=member_id epoch=member_epoch instance=instance_id",
	  "error=error_code! member=member_id epoch=member_epoch" },
	{ "ShareFetch", "group=group_id member=member_id topics=topics# partitions=topics.partitions#",
	  "error=error_code! error=responses.partitions.error_code! records=responses.partitions.records+" },
	{ "CreateTopics", "topics=topics.name", "error=topics.error_code! topics=topics.name" },
	{ "DeleteTopics", "topics=topic_names topics=topics.name", "error=responses.error_code! topics=responses.name" },
	{ "CreatePartitions", "topics=topics.name", "error=results.error_code! topics=results.name" },
	{ "DeleteGroups", "groups=groups_names", "error=results.error_code! groups=results.group_id" },
};

/* For every other API: whatever of these it has. */
static const struct row any = {
	.request = "group=group_id groups=group_ids transaction=transactional_id topics=topics.name topics=topics",
	.response = "error=error_code! error=groups.error_code! error=results.error_code! error=topics.error_code! "
	            "error=responses.error_code!",
};

/* One fact being collected on its way through arrays. */
struct fact {
	struct line *line;
	struct body *body;
	const char *label;
	size_t label_len;
	bool empty; /* an empty string or -1 says something: a request without a member id is a first join */
	enum mode mode;
	uint64_t n; /* values or errors met, elements counted, bytes added up */
	bool found; /* the field is in this message */
	int64_t errors[MOST_ERRORS];
};

static void open_fact(const struct fact *f)
{
	line_to(f->line, 0, 2);
	line_format(f->line, "%.*s=", (int)f->label_len, f->label);
}

/* True when there is room for one more value; has put what goes before it. */
static bool next_value(struct fact *f)
{
	if (f->n++ >= MOST_VALUES)
		return false;
	if (f->n == 1)
		open_fact(f);
	else
		line_text(f->line, ",");
	return true;
}

static void add_error(struct fact *f, int64_t code)
{
	const char *name = kf_error_name((int16_t)code);

	if (code == 0)
		return;
	for (uint64_t i = 0; i < f->n; i++) {
		if (f->errors[i] == code)
			return;
	}
	if (f->n == MOST_ERRORS)
		return;
	line_style(f->line, LINE_RED);
	if (f->n == 0)
		open_fact(f);
	else
		line_text(f->line, ",");
	f->errors[f->n++] = code;
	line_format(f->line, "%s(%d)", name ? name : "unknown", (int)code);
	line_style(f->line, LINE_PLAIN);
}

static void add_number(struct fact *f, int64_t n)
{
	if (f->mode == ERRORS)
		add_error(f, n);
	else if (f->mode == VALUES && (n != -1 || f->empty) && next_value(f))
		line_format(f->line, "%lld", (long long)n);
}

static void add_bytes(struct fact *f, const struct kf_bytes *bytes, bool text)
{
	if (f->mode == SUM) {
		f->found |= bytes->ptr != NULL;
		f->n += bytes->len;
	} else if (f->mode == VALUES && text && bytes->ptr != NULL && (bytes->len > 0 || f->empty) &&
	           next_value(f)) {
		line_value(f->line, bytes->ptr, bytes->len, VALUE_WIDTH);
	}
}

static void add_array(struct fact *f, struct kf_array list)
{
	struct kf_bytes text;
	int64_t n;

	if (list.count < 0)
		return;
	f->found = true;
	if (f->mode == COUNT) {
		f->n += (uint64_t)list.count;
	} else if (list.type == KF_STRING) {
		while (kf_next_bytes(&list, &text))
			add_bytes(f, &text, true);
	} else if (list.type >= KF_INT8 && list.type <= KF_UINT32) {
		while (kf_next_int(&list, &n))
			add_number(f, n);
	}
}

static void add_field(struct fact *f, const struct plan_field *field, const void *s)
{
	const void *v = plan_value(field, s);

	switch (field->field->type) {
	case KF_STRING:
	case KF_BYTES:
		add_bytes(f, v, field->field->type == KF_STRING);
		break;
	case KF_RECORDS:
		f->found |= ((const struct kf_records *)v)->ptr != NULL;
		f->n += f->mode == SUM ? ((const struct kf_records *)v)->size : 0;
		break;
	case KF_ARRAY:
		add_array(f, *(const struct kf_array *)v);
		break;
	case KF_BOOL:
		if (next_value(f))
			line_text(f->line, plan_int(field, s) ? "true" : "false");
		break;
	case KF_FLOAT64:
	case KF_UUID:
	case KF_STRUCT:
		break;
	default:
		add_number(f, plan_int(field, s));
	}
}

static void collect(struct fact *f, const struct plan *p, unsigned depth, const char *path, size_t len)
{
	const char *dot = memchr(path, '.', len);
	size_t name = dot ? (size_t)(dot - path) : len;
	const void *s = f->body->level[depth];

	for (size_t i = 0; i < p->n_fields; i++) {
		const struct plan_field *field = &p->fields[i];
		struct kf_array list;

		if (strlen(field->field->name) != name || memcmp(field->field->name, path, name) != 0)
			continue;
		if (!plan_present(s, i))
			return;
		if (dot == NULL) {
			add_field(f, field, s);
			return;
		}
		if (field->sub == NULL || depth + 1 >= PLAN_DEPTH)
			return;
		list = *(const struct kf_array *)plan_value(field, s);
		while (kf_next(&list, f->body->level[depth + 1]))
			collect(f, field->sub, depth + 1, dot + 1, len - name - 1);
		return;
	}
}

static void close_fact(struct fact *f)
{
	if (f->mode == VALUES && f->n > MOST_VALUES)
		line_format(f->line, " +%llu", (unsigned long long)(f->n - MOST_VALUES));
	if (!f->found || f->mode == VALUES || f->mode == ERRORS)
		return;
	open_fact(f);
	if (f->mode == COUNT)
		line_format(f->line, "%llu", (unsigned long long)f->n);
	else
		line_format(f->line, "%lluB", (unsigned long long)f->n);
}

/* One "label=path" of a row. */
static void print_fact(struct line *l, struct body *b, const struct plan *p, bool request, const char *item,
                       size_t len)
{
	const char *equals = memchr(item, '=', len);
	size_t label = equals ? (size_t)(equals - item) : 0;
	const char *path = item + label + 1;
	size_t path_len = len - label - 1;
	struct fact f = { .line = l, .body = b, .label = item, .label_len = label, .mode = VALUES };

	if (equals == NULL || path_len == 0)
		return;
	f.empty = request && label == 6 && memcmp(item, "member", 6) == 0;
	switch (path[path_len - 1]) {
	case '#':
		f.mode = COUNT;
		break;
	case '+':
		f.mode = SUM;
		break;
	case '!':
		f.mode = ERRORS;
		break;
	default:
		path_len++;
	}
	collect(&f, p, 0, path, path_len - 1);
	close_fact(&f);
}

static const struct row *row_of(const struct kafka_message *m)
{
	const char *name = m->schema ? m->schema->name : "";

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (strcmp(rows[i].api, name) == 0)
			return &rows[i];
	}
	return &any;
}

/* Counts and sums of a message that is cut would be wrong, not just incomplete. */
static bool is_total(char mark)
{
	return mark == '#' || mark == '+';
}

void decode_text_facts(struct line *l, struct body *b, const struct plan *p, const struct kafka_message *m,
                       bool whole)
{
	const struct row *row = row_of(m);
	const char *spec = m->direction == KF_REQUEST ? row->request : row->response;

	while (*spec != '\0') {
		size_t len = strcspn(spec, " ");

		if (whole || !is_total(spec[len - 1]))
			print_fact(l, b, p, m->direction == KF_REQUEST, spec, len);
		spec += len + strspn(spec + len, " ");
	}
}
