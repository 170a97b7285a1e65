import assert from "node:assert/strict";
import {
  persistentVolume,
  persistentVolumes,
} from "../core/persistent_volume.ts";
import { pods } from "../core/pod.ts";
import { openapiDocument } from "../openapi.ts";
import { type ObjectShape, shapeOf } from "../shape.ts";

type Loose = Record<string, Record<string, unknown>>;

function propertiesOf(component: string): Loose {
  const document = openapiDocument([pods, persistentVolumes]);
  const { schemas } = document["components"] as {
    schemas: Record<string, { properties: Loose }>;
  };
  return schemas[component]!.properties;
}

Deno.test("withEnum() names the values of a field, of items, and of no other strings", () => {
  const spec = propertiesOf("io.k8s.api.core.v1.PersistentVolumeSpec");
  assert.deepEqual(spec["volumeMode"]?.["enum"], ["Block", "Filesystem"]);
  assert.deepEqual(spec["accessModes"]?.["items"], {
    type: "string",
    default: "",
    enum: [
      "ReadOnlyMany",
      "ReadWriteMany",
      "ReadWriteOnce",
      "ReadWriteOncePod",
    ],
  });
  assert.equal(spec["storageClassName"]?.["enum"], undefined);
  const port = propertiesOf("io.k8s.api.core.v1.ContainerPort");
  assert.deepEqual(port["protocol"]?.["enum"], ["SCTP", "TCP", "UDP"]);
});

Deno.test("granular() merges part by part what is atomic elsewhere", () => {
  const published = propertiesOf("io.k8s.api.core.v1.PersistentVolumeSpec");
  assert.equal(published["claimRef"]?.["x-kubernetes-map-type"], "granular");
  const shape = shapeOf(persistentVolume) as ObjectShape;
  const spec = shape.field("spec") as ObjectShape;
  assert.equal((spec.field("claimRef") as ObjectShape).atomic, false);
});
