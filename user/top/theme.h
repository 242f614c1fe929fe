/* SPDX-License-Identifier: Apache-2.0
 *
 * The colours one can choose between. What a style means never depends on its colour
 * alone: signs and attributes say it too.
 */
#ifndef TOP_THEME_H
#define TOP_THEME_H

enum theme {
	THEME_DEFAULT = 0,
	THEME_SAFE,  /* told apart with every kind of colour blindness: blue, orange, white */
	THEME_LIGHT, /* for a white background */
	THEME_MONO,
	THEME_COUNT
};

/* As in the setup file and --theme. */
extern const char *const theme_names[THEME_COUNT];

#endif
