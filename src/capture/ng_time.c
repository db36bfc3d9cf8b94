/* SPDX-License-Identifier: Apache-2.0 */
#include "ng_time.h"

#define NANO 1000000000u

__extension__ typedef unsigned __int128 u128;
__extension__ typedef __int128 i128;

static uint64_t power_of_ten(unsigned int e)
{
	uint64_t v = 1;

	while (e--)
		v *= 10;
	return v;
}

bool ng_time_set(struct ng_interface *i, uint8_t resolution)
{
	unsigned int e = resolution & 0x7f;

	i->mul = NANO;
	i->div = 1;
	if (resolution & 0x80) {
		i->shift = (uint8_t)e;
		return e < 64;
	}
	if (e > 19)
		return false;
	if (e <= 9)
		i->mul = power_of_ten(9 - e);
	else
		i->mul = 1;
	if (e > 9)
		i->div = power_of_ten(e - 9);
	if (e <= 9 && !i->offset)
		i->limit = INT64_MAX / i->mul + 1;
	return true;
}

int64_t ng_time_slow(const struct ng_interface *i, uint64_t ticks)
{
	u128 product = (u128)ticks * i->mul;
	i128 ns = (i128)(i->div > 1 ? product / i->div : product >> i->shift) + (i128)i->offset * NANO;

	if (ns < 0)
		return 0;
	return ns > INT64_MAX ? INT64_MAX : (int64_t)ns;
}
