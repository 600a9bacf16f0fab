#include "align/rules.h"

#include <string.h>

static const struct rule {
	const char *class_name;
	void (*apply)(struct call *);
} rules[] = {
#define RULE(class, function) {class, rule_##function},
#include "align/rules.def"
};

static const struct rule *
rule_of(const struct config_layer *layer)
{
	const struct class_row *row = class_find(layer->class_name);
	const char *name = row == NULL ? layer->class_name : row->name;

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (strcmp(rules[i].class_name, name) == 0)
			return &rules[i];
	return NULL;
}

/* Classes of that name of somebody else's are registered under a package. */
static bool
is_keras_own(const struct config_layer *layer)
{
	return layer->module[0] == '\0' || strncmp(layer->module, "keras", 5) == 0 ||
	       strncmp(layer->module, "tensorflow.keras", 16) == 0 ||
	       strncmp(layer->module, "tensorflow.python.keras", 23) == 0;
}

void
rule_apply(struct call *call)
{
	const struct rule *rule = rule_of(call->layer);

	if (call->layer->is_operation || strcmp(call->layer->class_name, "TFOpLambda") == 0)
		rule_operation(call);
	else if (call->layer->is_model && (rule == NULL || rule->apply != rule_old_merge))
		walk_model(call);
	else if (rule == NULL || !is_keras_own(call->layer))
		call_refuse(call, WHY_CLASS);
	else if (call->values.object == NULL)
		call_refuse(call, WHY_CALL);
	else
		rule->apply(call);
}
