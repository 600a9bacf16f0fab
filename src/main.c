#include <fcntl.h>
#include <locale.h>
#include <stddef.h>
#include <unistd.h>

#include "app/session.h"
#include "cli/cli.h"
#include "tui/tui.h"

/* Where a standard stream is closed, the next file opened would take its place, and a message would
 * be written into it. */
static void
keep_standard_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", O_RDWR) == -1)
			_exit(2);
}

int
main(int argc, char **argv)
{
	struct cli_screen screen = {.session = NULL};
	int status;

	keep_standard_streams();
	setlocale(LC_ALL, "");
	setlocale(LC_NUMERIC, "C"); /* data has points, whatever the country */
	status = cli_main(argc, argv, tui_possible, tui_wake, &screen);
	if (status != CLI_SCREEN)
		return status;
	status = tui_run(screen.session, &(struct tui_options){
							 .color = screen.color,
							 .ascii = screen.ascii,
							 .no_mouse = screen.no_mouse,
							 .keys = screen.keys,
							 .print_selection = screen.print_selection,
					 });
	session_free(screen.session);
	ladle_close(screen.library);
	return status;
}
