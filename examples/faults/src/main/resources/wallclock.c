/*
 * Preloaded into a process: moves its wall clock by as many seconds as the file that WALLCLOCK names
 * says, and leaves its monotonic clock and its waits alone.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile const long long *offset;

__attribute__((constructor)) static void open_offset(void) {
  const char *path = getenv("WALLCLOCK");
  int file = path ? open(path, O_RDONLY) : -1;
  if (file >= 0) {
    void *mapped = mmap(0, sizeof *offset, PROT_READ, MAP_SHARED, file, 0);
    offset = mapped == MAP_FAILED ? 0 : mapped;
    close(file);
  }
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  int result = syscall(SYS_clock_gettime, clock, time);
  if (result == 0 && clock == CLOCK_REALTIME && offset) {
    time->tv_sec += *offset;
  }
  return result;
}

int gettimeofday(struct timeval *time, void *zone) {
  int result = syscall(SYS_gettimeofday, time, zone);
  if (result == 0 && offset) {
    time->tv_sec += *offset;
  }
  return result;
}

time_t time(time_t *seconds) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (seconds) {
    *seconds = now.tv_sec;
  }
  return now.tv_sec;
}
