/* SPDX-License-Identifier: Apache-2.0
 *
 * What a container runtime knows of one container, and how its two ways of saying it
 * are read: Docker's JSON and CRI's protobuf. Pure: bytes in, facts out. Whoever may
 * start containers chooses every text in here.
 */
#ifndef ENRICH_RUNTIME_FACTS_H
#define ENRICH_RUNTIME_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

enum {
	LABELS_MAX = 16,         /* of a container, the first ones that are wanted */
	LABEL_KEY_MAX = 253,     /* bytes; one with a longer key is dropped */
	LABEL_VALUE_MAX = 256,   /* bytes; longer ones are cut */
	LABELS_BYTES_MAX = 3072, /* of all, as JSON */
};

/* Each NULL or owned; runtime_facts_clear() frees them. */
struct runtime_facts {
	char *name, *image, *pod, *pod_namespace;
	char *labels;     /* JSON members: "container.labels.app":"x","container.labels.b":"y" */
	char *sandbox_id; /* CRI: the pod's sandbox, to be asked about next */
};

void runtime_facts_clear(struct runtime_facts *facts);

/* Is a label of this key to be kept? `prefixes`: words with blanks between. */
bool label_wanted(const char *prefixes, const char *key, size_t len);

/* Adds a label if it is wanted and there is room; *count counts them. */
void label_add(struct buf *labels, unsigned int *count, const char *prefixes, const char *key,
	       size_t key_len, const char *value, size_t value_len);

/* GET /containers/ID/json of Docker and podman. -EBADMSG. */
int runtime_rest_read(const char *json, size_t len, const char *prefixes,
		      struct runtime_facts *ret);

/* runtime.v1 ListContainersResponse, asked for one id. -ENOENT: it names none. -EBADMSG. */
int runtime_cri_read_container(const uint8_t *data, size_t len, const char *prefixes,
			       struct runtime_facts *ret);

/* runtime.v1 PodSandboxStatusResponse: pod, namespace, and labels where the container
 * has none. -EBADMSG. */
int runtime_cri_read_pod(const uint8_t *data, size_t len, const char *prefixes,
			 struct runtime_facts *ret);

/* runtime.v1 ContainerStatusResponse: the image's name where the list had its digest. */
int runtime_cri_read_image(const uint8_t *data, size_t len, struct runtime_facts *ret);

#endif
