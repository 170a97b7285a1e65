import { anyValue, type Field, object, str } from "../schema/words.ts";

/** What a driver is told. */
export interface OpaqueDeviceConfiguration {
  /** The driver. */
  driver: string;
  /** What it is told; anything at all. */
  parameters: Record<string, unknown>;
}

/** Schema of {@linkcode OpaqueDeviceConfiguration}. */
export const opaqueDeviceConfiguration: Field<OpaqueDeviceConfiguration> =
  object<OpaqueDeviceConfiguration>(
    "io.k8s.api.resource.v1.OpaqueDeviceConfiguration",
    () => ({
      driver: str,
      parameters: anyValue as Field<Record<string, unknown>>,
    }),
  );
