/**
 * What each type and field is, for `kubectl explain`: the doc comments of the interfaces in this folder, brought into data by `tools/api_docs.ts`.
 *
 * @module
 */
import type { Descriptions } from "./generated/descriptions.ts";

/** The description of a component, or of one of its fields. */
export type DescriptionOf = (
  component: string,
  field?: string,
) => string | undefined;

/** Looks descriptions up in data. */
export function describeBy(data: Descriptions): DescriptionOf {
  return (component, field) => {
    const type = data[component];
    if (type === undefined) return undefined;
    return field === undefined ? type.text : type.fields[field];
  };
}

/** Loads the descriptions; they are read only when somebody asks for OpenAPI. */
export async function loadDescriptions(): Promise<DescriptionOf> {
  const { DESCRIPTIONS } = await import("./generated/descriptions.ts");
  return describeBy(DESCRIPTIONS);
}
