/* The peer of steps: starts programs with posix_spawn and waits for each.
 *
 *   spawn true N            `true`, N times
 *   spawn echo N THREADS    `/bin/echo hi`, N times among the threads, what it writes read through two pipes
 *   spawn step N FILE       `true`, N times, with all that a step does beside it: two pipes, a group of its own, a
 *                           pidfd to wait for it, three lines appended to the file
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int ended_well(pid_t pid) {
    int status;
    return waitpid(pid, &status, 0) == pid && status == 0;
}

static int runs_true(void) {
    char *words[] = {"true", NULL};
    pid_t pid;
    return posix_spawnp(&pid, "true", NULL, NULL, words, environ) == 0 && ended_well(pid);
}

/* Reads both to their ends; how much came through the first. */
static int reads(int out, int err) {
    struct pollfd both[2] = {{.fd = out, .events = POLLIN}, {.fd = err, .events = POLLIN}};
    char bytes[4096];
    int open = 2, length = 0;
    while (open > 0) {
        if (poll(both, 2, -1) < 0) return -1;
        for (int i = 0; i < 2; i++) {
            if (both[i].fd < 0 || both[i].revents == 0) continue;
            ssize_t got = read(both[i].fd, bytes, sizeof bytes);
            if (got > 0) length += i == 0 ? (int)got : 0;
            else both[i].fd = -1, open--;
        }
    }
    return length;
}

static int runs_echo(void) {
    char *words[] = {"/bin/echo", "hi", NULL};
    int out[2], err[2];
    if (pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC)) return 0;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawn_file_actions_adddup2(&actions, err[1], 2);
    pid_t pid;
    int begun = posix_spawn(&pid, words[0], &actions, NULL, words, environ) == 0;
    posix_spawn_file_actions_destroy(&actions);
    close(out[1]), close(err[1]);
    int length = reads(out[0], err[0]);
    close(out[0]), close(err[0]);
    return begun && ended_well(pid) && length == 3;
}

static int is_recorded(int record, size_t length) {
    static const char line[256];
    return write(record, line, length) == (ssize_t)length;
}

static int runs_step(int record) {
    char *words[] = {"true", NULL};
    int out[2], err[2], nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (!is_recorded(record, 190) || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC)) return 0;
    fcntl(out[0], F_SETFL, O_NONBLOCK), fcntl(err[0], F_SETFL, O_NONBLOCK);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, nothing, 0);
    posix_spawn_file_actions_adddup2(&actions, out[1], 1);
    posix_spawn_file_actions_adddup2(&actions, err[1], 2);
    posix_spawn_file_actions_addchdir_np(&actions, ".");
    posix_spawnattr_t group;
    posix_spawnattr_init(&group);
    posix_spawnattr_setflags(&group, POSIX_SPAWN_SETPGROUP);
    pid_t pid;
    int begun = posix_spawnp(&pid, words[0], &actions, &group, words, environ) == 0;
    posix_spawn_file_actions_destroy(&actions), posix_spawnattr_destroy(&group);
    close(nothing), close(out[1]), close(err[1]);
    if (!begun || !is_recorded(record, 100)) return 0;
    struct pollfd end = {.fd = (int)syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};
    siginfo_t how;
    char bytes[4096];
    int ended = poll(&end, 1, -1) == 1 && waitid(P_PIDFD, (id_t)end.fd, &how, WEXITED) == 0;
    ended = ended && read(out[0], bytes, sizeof bytes) == 0 && read(err[0], bytes, sizeof bytes) == 0;
    close(end.fd), close(out[0]), close(err[0]);
    return ended && how.si_status == 0 && is_recorded(record, 156);
}

static void *echoes(void *times) {
    for (int i = *(int *)times; i > 0; i--)
        if (!runs_echo()) exit(1);
    return NULL;
}

int main(int argc, char **argv) {
    int times = argc > 2 ? atoi(argv[2]) : 0, threads = argc > 3 ? atoi(argv[3]) : 1;
    if (argc > 2 && strcmp(argv[1], "true") == 0) {
        while (times-- > 0)
            if (!runs_true()) return 1;
        return 0;
    }
    if (argc > 3 && strcmp(argv[1], "step") == 0) {
        int record = open(argv[3], O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
        while (times-- > 0)
            if (!runs_step(record)) return 1;
        return 0;
    }
    if (argc < 3 || strcmp(argv[1], "echo") != 0 || threads < 1 || threads > 64) return 2;
    pthread_t all[64];
    times /= threads;
    for (int i = 0; i < threads; i++)
        if (pthread_create(&all[i], NULL, echoes, &times)) return 1;
    for (int i = 0; i < threads; i++) pthread_join(all[i], NULL);
    return 0;
}
