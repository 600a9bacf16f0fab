#include "mutate.h"

/* Several values at once; now and then bytes and words of the dictionary. */
size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
	struct dice dice = {seed};
	uint32_t times = 1 + dice_roll(&dice, 4);

	if (dice_roll(&dice, 4) == 0)
		return LLVMFuzzerMutate(data, size, most);
	for (uint32_t i = 0; i < times; i++)
		size = mutate_json((char *)data, size, most, &dice);
	return size;
}
