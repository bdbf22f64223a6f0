/*
 * The calendar clock of a process, apart from the machine's by the nanoseconds (int64) in the file $FAULTY_CLOCK, which
 * others may change at any time. LD_PRELOAD puts it before libc. What measures durations (CLOCK_MONOTONIC) is left alone,
 * as it is when somebody sets the clock of a machine.
 *
 * Not libfaketime: that of Debian 12 (0.9.10) makes each time.sleep of Python fail, and Redis not start.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const int64_t A_SECOND = 1000000000, NOTHING = 0;
static const volatile int64_t *apart_ns = &NOTHING;

__attribute__((constructor)) static void open_file(void)
{
    const char *name = getenv("FAULTY_CLOCK");
    int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0)
        return;
    void *mapped = mmap(NULL, sizeof *apart_ns, PROT_READ, MAP_SHARED, file, 0);
    if (mapped != MAP_FAILED)
        apart_ns = mapped;
    close(file);
}

/* Everything below may be called before open_file, and from a signal handler. */

int clock_gettime(clockid_t clock, struct timespec *now)
{
    int failed = (int)syscall(SYS_clock_gettime, clock, now);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        int64_t ns = now->tv_sec * A_SECOND + now->tv_nsec + *apart_ns;
        now->tv_sec = ns / A_SECOND;
        now->tv_nsec = ns % A_SECOND;
    }
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec here;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &here);
    now->tv_sec = here.tv_sec;
    now->tv_usec = here.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *told)
{
    struct timespec here;
    clock_gettime(CLOCK_REALTIME, &here);
    if (told)
        *told = here.tv_sec;
    return here.tv_sec;
}
