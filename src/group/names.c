/* SPDX-License-Identifier: Apache-2.0
 *
 * The words of the machine output for the correlator's enumerations.
 */
#include <regroup/group.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const event_names[] = {
	[GROUP_EVENT_REBALANCE_STARTED] = "rebalance-started",
	[GROUP_EVENT_REBALANCE] = "rebalance",
	[GROUP_EVENT_MEMBER] = "member",
	[GROUP_EVENT_COORDINATOR] = "coordinator",
	[GROUP_EVENT_COMMIT_FAILED] = "commit-failed",
	[GROUP_EVENT_RESUMED] = "resumed",
	[GROUP_EVENT_DUPLICATES] = "duplicates",
	[GROUP_EVENT_DELIVERY] = "delivery",
	[GROUP_EVENT_GAP] = "gap",
	[GROUP_EVENT_CONNECTION] = "connection",
	[GROUP_EVENT_STORM] = "storm",
	[GROUP_EVENT_REFUSED] = "join-refused",
	[GROUP_EVENT_BROKER] = "broker",
	[GROUP_EVENT_ADMIN] = "admin",
	[GROUP_EVENT_PRODUCER] = "producer",
	[GROUP_EVENT_TRANSACTION] = "transaction",
	[GROUP_EVENT_METADATA_STORM] = "metadata-storm",
	[GROUP_EVENT_SUMMARY] = "summary",
};

static const char *const admin_names[] = {
	[GROUP_ADMIN_DESCRIBED] = "described",
	[GROUP_ADMIN_LISTED] = "listed",
	[GROUP_ADMIN_DELETED] = "deleted",
	[GROUP_ADMIN_NOT_DELETED] = "not-deleted",
};

static const char *const mode_names[] = {
	[GROUP_EAGER] = "eager",
	[GROUP_COOPERATIVE] = "cooperative",
	[GROUP_MIXED] = "mixed",
	[GROUP_BROKER] = "broker",
};

static const char *const outcome_names[] = {
	[GROUP_STABLE] = "stable",
	[GROUP_EMPTY] = "empty",
	[GROUP_ABORTED] = "aborted",
	[GROUP_UNFINISHED] = "unfinished",
};

static const char *const change_names[] = {
	[GROUP_STAYED] = "stayed",
	[GROUP_JOINED] = "joined",
	[GROUP_RETURNED] = "returned",
	[GROUP_LEFT] = "left",
	[GROUP_EXPIRED] = "expired",
	[GROUP_KICKED] = "kicked",
	[GROUP_FENCED] = "fenced",
	[GROUP_REMOVED] = "removed",
	[GROUP_REPLACED] = "replaced",
};

static const char *const cause_names[] = {
	[0] = "unknown",
	[1] = "group formation",
	[2] = "new member",
	[3] = "leader rejoined",
	[4] = "subscription changed",
	[5] = "topic metadata changed",
	[6] = "rebalance enforced",
	[7] = "member left",
	[8] = "member unsubscribed",
	[9] = "max.poll.interval.ms exceeded",
	[10] = "session timeout",
	[11] = "rebalance timeout",
	[12] = "sync timeout",
	[13] = "static member replaced",
	[14] = "removed by an administrator",
	[15] = "coordinator moved",
	[16] = "zombie member",
	[17] = "incompatible protocols",
	[18] = "group size limit",
	[19] = "assignment not stored",
	[20] = "cooperative follow-up",
	[21] = "protocol migration",
};

static const char *const storm_names[] = {
	[GROUP_STORM_ROLLING_RESTART] = "rolling restart",
	[GROUP_STORM_DEPLOY_HERD] = "deploy herd",
	[GROUP_STORM_SLOW_PROCESSING] = "slow processing",
	[GROUP_STORM_SLOW_JOINER] = "slow joiner",
	[GROUP_STORM_STARVATION] = "heartbeat starvation",
	[GROUP_STORM_GHOST_STALL] = "ghost stall",
	[GROUP_STORM_FLAPPING] = "flapping member",
	[GROUP_STORM_DUPLICATE_INSTANCE] = "duplicate instance id",
	[GROUP_STORM_OVERSUBSCRIPTION] = "oversubscription",
	[GROUP_STORM_INCOMPATIBLE] = "incompatible assignors",
	[GROUP_STORM_METADATA_CHURN] = "metadata churn",
	[GROUP_STORM_OSCILLATION] = "assignor oscillation",
	[GROUP_STORM_BROKER_ROLL] = "broker roll",
	[GROUP_STORM_ZOMBIE_LOOP] = "zombie loop",
	[GROUP_STORM_PLANNED] = "Connect/Streams planned",
};

#define NAME(table, i) ((size_t)(i) < COUNT(table) ? (table)[i] : NULL)

const char *group_event_name(enum group_event_type type)
{
	return NAME(event_names, type);
}

const char *group_mode_name(enum group_mode m)
{
	return NAME(mode_names, m);
}

const char *group_outcome_name(enum group_outcome o)
{
	return NAME(outcome_names, o);
}

const char *group_change_name(enum group_change c)
{
	return NAME(change_names, c);
}

bool group_change_in(enum group_change c)
{
	return c == GROUP_STAYED || c == GROUP_JOINED || c == GROUP_RETURNED || c == GROUP_REPLACED;
}

bool group_change_out(enum group_change c)
{
	return c == GROUP_LEFT || c == GROUP_EXPIRED || c == GROUP_KICKED || c == GROUP_FENCED || c == GROUP_REMOVED;
}

bool group_cause_is_loss(uint8_t id)
{
	return (id >= 7 && id <= 12) || id == 14;
}

const char *group_cause_name(uint8_t id)
{
	return NAME(cause_names, id);
}

const char *group_storm_name(enum group_storm_class c)
{
	return NAME(storm_names, c);
}

const char *group_admin_what_name(enum group_admin_what w)
{
	return (size_t)w < COUNT(admin_names) ? admin_names[w] : NULL;
}
