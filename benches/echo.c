/* A plug-in that gives its text back, and the peers of it.
 *
 *   echo plugin      speaks JSON-RPC lines: `initialize`, `call`, `shutdown`
 *   echo pipe N      sends N lines of the same bytes through two pipes to a child that answers each
 *   echo socket N    the same through a Unix socket
 *   echo shared N    the same through memory that both have, woken by futexes: what was measured before
 *                    pipes were chosen
 */
#include <linux/futex.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char REQUEST[] =
    "{\"jsonrpc\":\"2.0\",\"id\":12345,\"method\":\"call\",\"params\":{\"command\":\"reply\",\"args\":{\"order\":{\"id\":7,\"side\":\"buy\",\"price\":10.5},\"text\":"
    "\"sixty-four bytes of text, which go there and come back at once..\"},\"rest\":[],"
    "\"run\":\"20261121-071500.123-x7kd\",\"step\":12345}}\n";
static const char ANSWER[] =
    "{\"jsonrpc\":\"2.0\",\"id\":12345,\"result\":{\"value\":"
    "\"sixty-four bytes of text, which go there and come back at once..\"}}\n";
static const char DECLARED[] =
    "{\"protocol\":1,\"name\":\"echo\",\"version\":\"1\",\"commands\":[{\"name\":\"reply\","
    "\"params\":[{\"name\":\"order\",\"type\":\"map\"},{\"name\":\"text\",\"type\":\"text\"}],\"returns\":\"text\"}]}";

static char line[1 << 16];

static int answer(void) {
    while (fgets(line, sizeof line, stdin)) {
        const char *at = strstr(line, "\"id\":");
        if (!at) continue;
        long id = strtol(at + 5, NULL, 10);
        if (strstr(line, "\"method\":\"initialize\"")) {
            printf("{\"jsonrpc\":\"2.0\",\"id\":%ld,\"result\":%s}\n", id, DECLARED);
        } else if (strstr(line, "\"method\":\"call\"")) {
            char *text = strstr(line, "\"text\":");
            char *end = text ? strchr(text + 8, '"') : NULL;
            if (!end) return 1;
            *end = 0;
            printf("{\"jsonrpc\":\"2.0\",\"id\":%ld,\"result\":{\"value\":\"%s\"}}\n", id, text + 8);
        } else {
            printf("{\"jsonrpc\":\"2.0\",\"id\":%ld,\"result\":{}}\n", id);
        }
        fflush(stdout);
    }
    return 0;
}

static int reads_line(int from) {
    size_t length = 0;
    while (length == 0 || line[length - 1] != '\n') {
        ssize_t got = read(from, line + length, sizeof line - length);
        if (got <= 0) return 0;
        length += (size_t)got;
    }
    return 1;
}

/* Sends requests to a child that answers each. Ends 0 and 1 of `there` are where the child reads and
 * this program writes; of `back` the other way about. */
static int echo(int times, const int there[2], const int back[2]) {
    pid_t child = fork();
    if (child < 0) return 1;
    if (child == 0) {
        close(there[1]);
        while (reads_line(there[0]))
            if (write(back[1], ANSWER, sizeof ANSWER - 1) < 0) _exit(1);
        _exit(0);
    }
    for (int i = 0; i < times; i++)
        if (write(there[1], REQUEST, sizeof REQUEST - 1) < 0 || !reads_line(back[0])) return 1;
    shutdown(there[1], SHUT_WR);
    close(there[1]);
    return waitpid(child, NULL, 0) == child ? 0 : 1;
}

static int pipes(int times) {
    int there[2], back[2];
    return pipe(there) || pipe(back) ? 1 : echo(times, there, back);
}

static int sockets(int times) {
    int both[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, both)) return 1;
    int there[2] = {both[1], both[0]}, back[2] = {both[0], both[1]};
    return echo(times, there, back);
}

struct shared {
    _Atomic unsigned asked;
    char request[1020];
    _Atomic unsigned told;
    char answer[1020];
};

static void wake(_Atomic unsigned *word) { syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0); }

static void wait_beyond(_Atomic unsigned *word, unsigned known) {
    while (atomic_load(word) == known) syscall(SYS_futex, word, FUTEX_WAIT, known, NULL, NULL, 0);
}

static int shared(unsigned times) {
    struct shared *both =
        mmap(NULL, sizeof *both, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (both == MAP_FAILED) return 1;
    pid_t child = fork();
    if (child < 0) return 1;
    for (unsigned i = 0; child == 0; i++) {
        wait_beyond(&both->asked, i);
        memcpy(line, both->request, sizeof REQUEST - 1);
        memcpy(both->answer, ANSWER, sizeof ANSWER - 1);
        atomic_store(&both->told, i + 1);
        wake(&both->told);
    }
    for (unsigned i = 0; i < times; i++) {
        memcpy(both->request, REQUEST, sizeof REQUEST - 1);
        atomic_store(&both->asked, i + 1);
        wake(&both->asked);
        wait_beyond(&both->told, i);
        memcpy(line, both->answer, sizeof ANSWER - 1);
    }
    kill(child, SIGKILL);
    return waitpid(child, NULL, 0) == child ? 0 : 1;
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "plugin") == 0) return answer();
    if (argc > 2 && strcmp(argv[1], "pipe") == 0) return pipes(atoi(argv[2]));
    if (argc > 2 && strcmp(argv[1], "socket") == 0) return sockets(atoi(argv[2]));
    if (argc > 2 && strcmp(argv[1], "shared") == 0) return shared((unsigned)atoi(argv[2]));
    fprintf(stderr, "echo plugin | echo pipe N | echo socket N | echo shared N\n");
    return 2;
}
