#include "keras/hand.h"

/* Shapes and types as Keras 3.15.1 writes them, but for GPTQ and AWQ, which its source lists. */

static void
modes_are_told_by_types_and_places(void **state)
{
	static const struct {
		const char *lines, *expected;
	} cases[] = {
			{"/layers/dense/vars/0 8x16 int8\n/layers/dense/vars/1 16\n"
			 "/layers/dense/vars/2 16\n",
					"dense:Dense !kernel !bias !kernel_scale"},
			{"/layers/dense/vars/0 8x16 int8\n/layers/dense/vars/1 16\n",
					"dense:Dense !kernel !kernel_scale"},
			{"/layers/dense/vars/0 8x8 int8\n/layers/dense/vars/1 16\n"
			 "/layers/dense/vars/2 1x16\n/layers/dense/vars/3 1x16 int8\n"
			 "/layers/dense/vars/4 8\n",
					"dense:Dense !kernel !bias !kernel_scale !kernel_zero "
					"!g_idx"},
			{"/layers/dense/vars/0 8x8 int8\n/layers/dense/vars/1 1x16\n"
			 "/layers/dense/vars/2 1x16 int8\n/layers/dense/vars/3 8\n",
					"dense:Dense !kernel !kernel_scale !kernel_zero !g_idx"},
			{"/layers/embedding/vars/0 20x8 int8\n/layers/embedding/vars/1 20\n",
					"embedding:Embedding !embeddings !embeddings_scale"},
			{"/layers/embedding/vars/0 20x4 int8\n/layers/embedding/vars/1 20x1\n"
			 "/layers/embedding/vars/2 20x1 int8\n/layers/embedding/vars/3 8\n",
					"embedding:Embedding !embeddings !embeddings_scale "
					"!embeddings_zero !g_idx"},
			{"/layers/reversible_embedding/vars/0 20x8 int8\n"
			 "/layers/reversible_embedding/vars/1 20\n"
			 "/layers/reversible_embedding/vars/2 8x20 int8\n"
			 "/layers/reversible_embedding/vars/3 20\n",
					"reversible_embedding:ReversibleEmbedding !embeddings "
					"!embeddings_scale !reverse_embeddings "
					"!reverse_embeddings_scale"},
			{"/layers/dense/vars/0 16\n/layers/dense/vars/1 16x4 uint8\n"
			 "/layers/dense/vars/2 16x1\n/layers/dense/vars/3 16x1 uint8\n"
			 "/layers/dense/vars/4 8\n",
					"dense:Dense !bias !quantized_kernel !kernel_scale "
					"!kernel_zero !g_idx"},
			{"/layers/dense/vars/0 16x4 uint8\n/layers/dense/vars/1 16x1\n"
			 "/layers/dense/vars/2 16x1 uint8\n/layers/dense/vars/3 8\n"
			 "/layers/dense/vars/4 8\n",
					"dense:Dense !quantized_kernel !kernel_scale !kernel_zero "
					"!awq_scales !g_idx"},
			{"/layers/dense/vars/0 8x16\n/layers/dense/vars/1 16\n"
			 "/layers/dense/vars/2 scalar\n/layers/dense/vars/3 1024\n"
			 "/layers/dense/vars/4 scalar\n/layers/dense/vars/5 1024\n"
			 "/layers/dense/vars/6 scalar\n/layers/dense/vars/7 1024\n",
					"dense:Dense kernel bias !inputs_scale "
					"!inputs_amax_history !kernel_scale !kernel_amax_history "
					"!outputs_grad_scale !outputs_grad_amax_history"},
			{"/layers/dense/vars/0 8x8 int8\n/layers/dense/vars/1 3 int8\n",
					"dense:Dense !kernel !1="},
			{"/layers/dense/vars/0 8x16\n/layers/dense/vars/1 16\n",
					"dense:Dense kernel bias"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hand hand;

		assert_layers(hand_make(&hand, cases[i].lines, NULL), cases[i].expected);
		hand_done(&hand);
	}
}

#define CONFIG(policy)                                                                      \
	"{\"class_name\":\"Sequential\",\"config\":{\"name\":\"s\",\"layers\":["            \
	"{\"class_name\":\"Dense\",\"config\":{\"name\":\"d\",\"dtype\":{\"class_name\":\"" \
	"Policy\",\"config\":{" policy "}}}}]}}"

/* The config names the mode; without one it is told as far as it can be. */
static void
a_finding_says_what_is_quantised(void **state)
{
	static const char packed[] = "/layers/dense/vars/0 8x16 int8\n/layers/dense/vars/1 16\n";
	struct hand hand;

	(void)state;
	assert_true(hand_finds(hand_make(&hand, packed, CONFIG("\"mode\":\"int4/128\"")),
			LADLE_F_COPIED, "1 layer is quantised (int4/128): compared and copied"));
	hand_done(&hand);
	assert_true(hand_finds(hand_make(&hand, packed, CONFIG("\"name\":\"int8_from_float32\"")),
			LADLE_F_COPIED, "(int8_from_float32)"));
	hand_done(&hand);
	assert_true(hand_finds(hand_make(&hand, packed, NULL), LADLE_F_COPIED, "(8 bits)"));
	hand_done(&hand);
	assert_false(hand_finds(
			hand_make(&hand, "/layers/dense/vars/0 8x16\n", NULL), LADLE_F_COPIED, ""));
	hand_done(&hand);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
			cmocka_unit_test(modes_are_told_by_types_and_places),
			cmocka_unit_test(a_finding_says_what_is_quantised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
