/* What the tests of the screen share: cmocka and its needs. */
#ifndef TESTS_TUI_TUI_TEST_H
#define TESTS_TUI_TUI_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
