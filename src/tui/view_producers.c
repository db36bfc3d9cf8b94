/* SPDX-License-Identifier: Apache-2.0
 *
 * Transactional producers.
 */
#include "ui.h"

static void producers_draw(void *state, struct ui *ui, struct area a)
{
	struct pen p = pen_at(&ui->screen, 2, a.y + 1, a.x + a.width, STYLE_FAINT);

	(void)state;
	pen_text(&p, "no producer was seen");
}

const struct view_ops view_producers = {
	.name = "Producers",
	.tab = "Prods",
	.draw = producers_draw,
};
