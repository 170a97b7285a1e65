/**
 * What the runtimes say of themselves.
 *
 * @module
 */
import { messageOf } from "../../src/base/errors.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { NodeFactsInput } from "./node_status.ts";

/** Health and images of all runtimes. One that does not answer is not ready, and takes nothing away from the others. */
export async function runtimeFacts(
  runtimes: readonly Runtime[],
): Promise<Pick<NodeFactsInput, "runtimes" | "images">> {
  const asked = await Promise.all(runtimes.map(async (runtime) => {
    const { name } = runtime;
    try {
      const health = { name, ...await runtime.status() };
      return { health, images: await runtime.listImages() };
    } catch (error) {
      const message = messageOf(error);
      const health = { name, ready: false, version: "", message };
      return { health, images: [] };
    }
  }));
  return {
    runtimes: asked.map(({ health }) => health),
    images: asked.flatMap(({ images }) => images),
  };
}
