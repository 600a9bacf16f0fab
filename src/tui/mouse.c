#include "tui/mouse.h"

#include <stdio.h>

enum { BUTTONS = 3, MOTION = 32, WHEEL = 64, MODIFIERS = 4 | 8 | 16 };

bool
mouse_parse(struct mouse *mouse, const char *report)
{
	int button, x, y;
	char end;

	if (sscanf(report, "%4d;%5d;%5d%c", &button, &x, &y, &end) != 4)
		return false;
	if (button < 0 || x < 1 || y < 1 || (end != 'M' && end != 'm'))
		return false;
	mouse->x = x - 1;
	mouse->y = y - 1;
	button &= ~MODIFIERS;
	if (button & WHEEL) {
		mouse->kind = button & 1 ? MOUSE_WHEEL_DOWN : MOUSE_WHEEL_UP;
		return (button & BUTTONS) < 2 && end == 'M';
	}
	mouse->kind = end == 'm' ? MOUSE_RELEASE : button & MOTION ? MOUSE_DRAG : MOUSE_PRESS;
	return (button & ~MOTION) == 0;
}
