/* A plug-in that echoes, and the peer of it.
 *
 *   echo plugin      speaks JSON-RPC lines: `initialize`, `call`, `shutdown`
 *   echo pipe N      sends N lines of the same bytes through two pipes to a child that answers each
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char REQUEST[] =
    "{\"jsonrpc\":\"2.0\",\"id\":12345,\"method\":\"call\",\"params\":{\"command\":\"reply\",\"args\":{\"text\":"
    "\"sixty-four bytes of text, which go there and come back at once..\"},\"rest\":[],"
    "\"run\":\"20261121-071500.123-x7kd\",\"step\":12345}}\n";
static const char ANSWER[] =
    "{\"jsonrpc\":\"2.0\",\"id\":12345,\"result\":{\"value\":"
    "\"sixty-four bytes of text, which go there and come back at once..\"}}\n";
static const char DECLARED[] =
    "{\"protocol\":1,\"name\":\"echo\",\"version\":\"1\",\"commands\":[{\"name\":\"reply\","
    "\"params\":[{\"name\":\"text\",\"type\":\"text\"}],\"returns\":\"text\"}]}";

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

static int pipes(int times) {
    int there[2], back[2];
    if (pipe(there) || pipe(back)) return 1;
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
    close(there[1]);
    return waitpid(child, NULL, 0) == child ? 0 : 1;
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "plugin") == 0) return answer();
    if (argc > 2 && strcmp(argv[1], "pipe") == 0) return pipes(atoi(argv[2]));
    fprintf(stderr, "echo plugin | echo pipe N\n");
    return 2;
}
