/* The peer of steps.scn: starts `true` N times with posix_spawn and waits for each. */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

extern char **environ;

int main(int argc, char **argv) {
    int times = argc > 1 ? atoi(argv[1]) : 1000;
    char *words[] = {"true", NULL};
    for (int i = 0; i < times; i++) {
        pid_t pid;
        int status;
        if (posix_spawnp(&pid, "true", NULL, NULL, words, environ) != 0) {
            perror("true");
            return 1;
        }
        if (waitpid(pid, &status, 0) != pid || status != 0) return 1;
    }
    return 0;
}
