/* Makes a disk slow: every fsync, and every write to a file, takes up to SLOW_DISK_MS longer. For LD_PRELOAD. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void wait_up_to(int file) {
    struct stat status;
    const char *limit = getenv("SLOW_DISK_MS");
    /* Pipes and sockets are no disk. */
    if (!limit || fstat(file, &status) != 0 || !(S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))) return;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    long wait = (now.tv_nsec / 1000 % 1000) * atol(limit) * 1000;
    struct timespec time = {wait / 1000000000, wait % 1000000000};
    nanosleep(&time, NULL);
}

int fsync(int file) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    wait_up_to(file);
    return real(file);
}

ssize_t write(int file, const void *bytes, size_t count) {
    ssize_t (*real)(int, const void *, size_t) = (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    wait_up_to(file);
    return real(file, bytes, count);
}
