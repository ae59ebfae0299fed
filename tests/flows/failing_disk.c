/* Makes a write, sync or rename below a folder fail, as a disk does that is full or broken.
 *
 * FAILING_BELOW  the folder; calls on files elsewhere pass
 * FAILING_CALL   write, sync or rename
 * FAILING_AT     the first call that fails, from 1; 0 lets all pass
 * FAILING_FOR    how many fail from there on; 0: all
 * FAILING_COUNT  a file to which each process adds how many calls of the kind it made
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long calls;

static int is_below(const char *path) {
    const char *folder = getenv("FAILING_BELOW");
    return folder && strncmp(path, folder, strlen(folder)) == 0;
}

static int is_open_below(int descriptor) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return is_below(path);
}

static int fails(const char *call) {
    const char *wanted = getenv("FAILING_CALL"), *at = getenv("FAILING_AT"), *times = getenv("FAILING_FOR");
    if (!wanted || strcmp(wanted, call) != 0) return 0;
    long number = ++calls, first = at ? atol(at) : 0, many = times ? atol(times) : 0;
    return first && number >= first && (many == 0 || number < first + many);
}

__attribute__((destructor)) static void tell(void) {
    const char *path = getenv("FAILING_COUNT");
    if (!path || !calls) return;
    FILE *file = fopen(path, "a");
    if (!file) return;
    fprintf(file, "%ld\n", (long)calls);
    fclose(file);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define REFUSE(call, condition) \
    if ((condition) && fails(call)) { errno = strcmp(call, "sync") ? ENOSPC : EIO; return -1; }

ssize_t write(int fd, const void *data, size_t size) {
    REFUSE("write", is_open_below(fd));
    return REAL(write)(fd, data, size);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    REFUSE("write", is_open_below(fd));
    return REAL(pwrite)(fd, data, size, at);
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    REFUSE("write", is_open_below(fd));
    return REAL(pwrite64)(fd, data, size, at);
}
int fsync(int fd) {
    REFUSE("sync", is_open_below(fd));
    return REAL(fsync)(fd);
}
int fdatasync(int fd) {
    REFUSE("sync", is_open_below(fd));
    return REAL(fdatasync)(fd);
}
int rename(const char *from, const char *to) {
    REFUSE("rename", is_below(to));
    return REAL(rename)(from, to);
}
int renameat(int from_fd, const char *from, int to_fd, const char *to) {
    REFUSE("rename", is_below(to));
    return REAL(renameat)(from_fd, from, to_fd, to);
}
