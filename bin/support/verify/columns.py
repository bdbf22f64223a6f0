"""The columns of the table that must be zero, in the order in which they are shown."""

OVER_CAPACITY = "over-capacity"
WRONG_COUNTS = "counts that differ from the students"
BOTH = "both seated and waiting, or twice in line"
FREE_SEAT = "free seat beside a line"
LOST = "lost"
OVERTAKEN = "overtaken"
MISSING = "missing notices"
UNASKED = "notices without a promotion"
DUPLICATE = "duplicate notices"
STALE = "stale 304s"
CONTRADICTION = "replies that contradict the stores"
FAILURE = "5xx other than 503"
NO_REPLY = "no reply without a crash"
REFUSED = "good tokens refused"
OFFER = "offers refused in time, or open after it"
NOT_ONCE = "keyed requests repeated with another answer"
SWAP = "swaps that are not both or nothing"
SECTIONS = "students with two sections of one course"
SLOW = "replies after more than 10 s"
BUSY = "busy, stopped or left over at rest"
AUDIT = "classes that do not fit their histories"
NOT_LINEARIZABLE = "classes with no possible order"
UNSUBSCRIBED = "lost subscriptions"
NOT_RECOVERED = "not recovered from"

ALL = (
    OVER_CAPACITY,
    WRONG_COUNTS,
    BOTH,
    FREE_SEAT,
    LOST,
    OVERTAKEN,
    MISSING,
    UNASKED,
    DUPLICATE,
    STALE,
    CONTRADICTION,
    FAILURE,
    NO_REPLY,
    REFUSED,
    OFFER,
    NOT_ONCE,
    SWAP,
    SECTIONS,
    SLOW,
    BUSY,
    AUDIT,
    NOT_LINEARIZABLE,
    UNSUBSCRIBED,
    NOT_RECOVERED,
)
