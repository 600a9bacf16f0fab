#include <locale.h>
#include <stddef.h>

#include "app/session.h"
#include "cli/cli.h"
#include "tui/tui.h"

int
main(int argc, char **argv)
{
	struct cli_screen screen = {.session = NULL};
	int status;

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
					 });
	session_free(screen.session);
	ladle_close(screen.library);
	return status;
}
