/* Preloaded into the real binary: lets the n-th call that changes the disk fail, come short or be the
 * last one, and writes down every such call so that a power cut can be replayed.
 *
 *   MLO_FAULT=ENOSPC:17    call 17 fails so (also EIO)
 *   MLO_FAULT=KILL:17      the process is killed before call 17
 *   MLO_FAULT=SHORT:1      every write from the first on takes half of what it was given
 *   MLO_FAULT=LIST:17      reading a folder breaks off (EIO) where the 17th name of all would come
 *   MLO_FAULT_LOG=FILE     one record a call: see `put`
 *   MLO_FAULT_ROOT=FOLDER  only calls on what lies below it count
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static const char* root;
static char fault[16];
static long fault_at = -1;
static long calls;
static int log_file = -1;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
  root = getenv("MLO_FAULT_ROOT");
  const char* wanted = getenv("MLO_FAULT");
  if (wanted) sscanf(wanted, "%15[A-Z]:%ld", fault, &fault_at);
  const char* log = getenv("MLO_FAULT_LOG");
  if (log) log_file = REAL(open)(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int below_root(const char* path) {
  return root && strncmp(path, root, strlen(root)) == 0;
}

/* The path of an open file; empty when it is none of ours. */
static const char* path_of(int file, char* buffer) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  const ssize_t size = readlink(link, buffer, PATH_MAX - 1);
  buffer[size < 0 ? 0 : size] = 0;
  return below_root(buffer) ? buffer : "";
}

static const char* absolute(int folder, const char* path, char* buffer) {
  if (path[0] == '/') {
    snprintf(buffer, PATH_MAX, "%s", path);
  } else if (folder == AT_FDCWD) {
    char here[PATH_MAX];
    snprintf(buffer, PATH_MAX, "%s/%s", getcwd(here, sizeof here) ? here : "", path);
  } else {
    char base[PATH_MAX];
    snprintf(buffer, PATH_MAX, "%s/%s", path_of(folder, base), path);
  }
  return below_root(buffer) ? buffer : "";
}

/* A record: letter, inode, offset, three lengths, then the two texts and the data. */
static void put(char what, uint64_t inode, uint64_t offset, const char* one, const char* two,
                const void* data, uint64_t size) {
  if (log_file < 0) return;
  struct __attribute__((packed)) {
    char what;
    uint64_t inode, offset, one, two, size;
  } head = {what, inode, offset, strlen(one), strlen(two), size};
  struct iovec parts[] = {{&head, sizeof head}, {(void*)one, head.one}, {(void*)two, head.two}, {(void*)data, size}};
  if (REAL(writev)(log_file, parts, 4) < 0) abort();
}

static uint64_t inode_of(int file) {
  struct stat status;
  return fstat(file, &status) == 0 ? status.st_ino : 0;
}

/* True when this call is to fail; errno is set then. */
static int is_hit(void) {
  if (strcmp(fault, "LIST") == 0) return 0;
  if (++calls != fault_at) return 0;
  if (strcmp(fault, "KILL") == 0) kill(getpid(), SIGKILL);
  errno = strcmp(fault, "ENOSPC") == 0 ? ENOSPC : EIO;
  return strcmp(fault, "SHORT") != 0;
}

static size_t shortened(size_t size) {
  return strcmp(fault, "SHORT") == 0 && calls >= fault_at && size > 1 ? size / 2 : size;
}

#define GUARDED(ours, call, after)                  \
  {                                                 \
    if (!(ours)) return (call);                     \
    pthread_mutex_lock(&one_at_a_time);             \
    __typeof__(call) result = -1;                   \
    if (!is_hit()) {                                \
      result = (call);                              \
      const int kept = errno;                       \
      if (result >= 0) { after; }                   \
      errno = kept;                                 \
    }                                               \
    pthread_mutex_unlock(&one_at_a_time);           \
    return result;                                  \
  }

ssize_t write(int file, const void* data, size_t size) {
  char path[PATH_MAX];
  struct stat status;
  const int ours = *path_of(file, path) && fstat(file, &status) == 0 && S_ISREG(status.st_mode);
  GUARDED(ours, REAL(write)(file, data, shortened(size)), {
    put('W', status.st_ino, (uint64_t)(lseek(file, 0, SEEK_CUR) - result), "", "", data, (uint64_t)result);
  })
}

static ssize_t write_at(int file, const void* data, size_t size, off_t offset) {
  char path[PATH_MAX];
  GUARDED(*path_of(file, path), REAL(pwrite)(file, data, shortened(size), offset),
          { put('W', inode_of(file), (uint64_t)offset, "", "", data, (uint64_t)result); })
}
ssize_t pwrite(int file, const void* data, size_t size, off_t offset) {
  return write_at(file, data, size, offset);
}
ssize_t pwrite64(int file, const void* data, size_t size, off64_t offset) {
  return write_at(file, data, size, offset);
}

static int cut(int file, off_t size) {
  char path[PATH_MAX];
  GUARDED(*path_of(file, path), REAL(ftruncate)(file, size),
          { put('T', inode_of(file), (uint64_t)size, "", "", "", 0); })
}
int ftruncate(int file, off_t size) { return cut(file, size); }
int ftruncate64(int file, off64_t size) { return cut(file, size); }

int fsync(int file) {
  char path[PATH_MAX];
  GUARDED(*path_of(file, path), REAL(fsync)(file), { put('S', inode_of(file), 0, path, "", "", 0); })
}
int fdatasync(int file) {
  char path[PATH_MAX];
  GUARDED(*path_of(file, path), REAL(fdatasync)(file),
          { put('S', inode_of(file), 0, path, "", "", 0); })
}

static int open_it(int folder, const char* name, int flags, mode_t mode) {
  char path[PATH_MAX];
  struct stat status;
  const int makes = (flags & (O_CREAT | O_TRUNC)) && (flags & O_DIRECTORY) == 0;
  const int ours = makes && *absolute(folder, name, path);
  const int was_there = ours && stat(path, &status) == 0;
  GUARDED(ours, REAL(openat)(folder, name, flags, mode), {
    if (!was_there) put('C', inode_of(result), 0, path, "", "", 0);
    if (was_there && (flags & O_TRUNC)) put('T', inode_of(result), 0, "", "", "", 0);
  })
}
#define MODE                                        \
  mode_t mode = 0;                                  \
  if (flags & (O_CREAT | __O_TMPFILE)) {            \
    va_list rest;                                   \
    va_start(rest, flags);                          \
    mode = va_arg(rest, mode_t);                    \
    va_end(rest);                                   \
  }
int open(const char* name, int flags, ...) { MODE return open_it(AT_FDCWD, name, flags, mode); }
int open64(const char* name, int flags, ...) { MODE return open_it(AT_FDCWD, name, flags, mode); }
int openat(int folder, const char* name, int flags, ...) { MODE return open_it(folder, name, flags, mode); }
int openat64(int folder, const char* name, int flags, ...) { MODE return open_it(folder, name, flags, mode); }

static int breaks_off(DIR* stream) {
  static long names;
  char path[PATH_MAX];
  if (strcmp(fault, "LIST") != 0 || !*path_of(dirfd(stream), path)) return 0;
  pthread_mutex_lock(&one_at_a_time);
  const int now = ++names == fault_at;
  pthread_mutex_unlock(&one_at_a_time);
  if (now) errno = EIO;
  return now;
}
struct dirent* readdir(DIR* stream) { return breaks_off(stream) ? NULL : REAL(readdir)(stream); }
struct dirent64* readdir64(DIR* stream) { return breaks_off(stream) ? NULL : REAL(readdir64)(stream); }

static int rename_it(int from, const char* old, int to, const char* fresh) {
  char one[PATH_MAX];
  char two[PATH_MAX];
  const int ours = *absolute(from, old, one) != 0;
  absolute(to, fresh, two);
  GUARDED(ours, REAL(renameat)(from, old, to, fresh), { put('R', 0, 0, one, two, "", 0); })
}
int rename(const char* old, const char* fresh) { return rename_it(AT_FDCWD, old, AT_FDCWD, fresh); }
int renameat(int from, const char* old, int to, const char* fresh) { return rename_it(from, old, to, fresh); }

static int unlink_it(int folder, const char* name, int flags) {
  char path[PATH_MAX];
  GUARDED(*absolute(folder, name, path), REAL(unlinkat)(folder, name, flags),
          { put('U', 0, 0, path, "", "", 0); })
}
int unlink(const char* name) { return unlink_it(AT_FDCWD, name, 0); }
int rmdir(const char* name) { return unlink_it(AT_FDCWD, name, AT_REMOVEDIR); }
int remove(const char* name) {
  struct stat status;
  if (lstat(name, &status) != 0) return -1;
  return unlink_it(AT_FDCWD, name, S_ISDIR(status.st_mode) ? AT_REMOVEDIR : 0);
}
int unlinkat(int folder, const char* name, int flags) { return unlink_it(folder, name, flags); }

static int make_folder(int folder, const char* name, mode_t mode) {
  char path[PATH_MAX];
  GUARDED(*absolute(folder, name, path), REAL(mkdirat)(folder, name, mode),
          { put('M', 0, 0, path, "", "", 0); })
}
int mkdir(const char* name, mode_t mode) { return make_folder(AT_FDCWD, name, mode); }
int mkdirat(int folder, const char* name, mode_t mode) { return make_folder(folder, name, mode); }

static int link_it(const char* target, const char* name, int symbolic) {
  char path[PATH_MAX];
  GUARDED(*absolute(AT_FDCWD, name, path), symbolic ? REAL(symlink)(target, name) : REAL(link)(target, name),
          { put(symbolic ? 'Y' : 'L', 0, 0, path, target, "", 0); })
}
int symlink(const char* target, const char* name) { return link_it(target, name, 1); }
int link(const char* target, const char* name) { return link_it(target, name, 0); }

ssize_t copy_file_range(int from, off64_t* from_at, int to, off64_t* to_at, size_t size, unsigned flags) {
  char path[PATH_MAX];
  if (!*path_of(to, path)) return REAL(copy_file_range)(from, from_at, to, to_at, size, flags);
  errno = EXDEV; /* callers copy themselves then, and are seen */
  return -1;
}
