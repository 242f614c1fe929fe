/* SPDX-License-Identifier: Apache-2.0
 *
 * What a person may say to an alert: seen, silent up to so many bytes, this is right,
 * this is not. Who may is the daemon's decision. For ui_press() only.
 */
#ifndef TOP_CHANGE_H
#define TOP_CHANGE_H

#include <stdbool.h>

enum change_kind { CHANGE_ACK = 0, CHANGE_SILENCE, CHANGE_APPROVE, CHANGE_DECLINE, CHANGE_KINDS };

struct ui;
struct ask;

/* Begins a change of the present alert: sent at once, or after a prompt. Says so where
 * there is none to change. */
void change_begin(struct ui *ui, enum change_kind kind);

/* The prompt's text: true if it can be sent; else ui->filter_error says why not. */
bool change_check(struct ui *ui);
void change_send(struct ui *ui);

/* The prompt's first words, and what it takes. */
const char *change_label(enum change_kind kind);
const char *change_hint(enum change_kind kind);

void change_answer(struct ui *ui, const struct ask *ask);

#endif
