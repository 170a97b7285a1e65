import { RuntimeError } from "../../runtime/runtime.ts";
import type { NextContainerState } from "../container_states.ts";
import type { ContainerWork } from "../container_work.ts";
import { sleepOrReferences } from "../sleep_or_references.ts";
import { RestartBackoff } from "../restart_backoff.ts";

/** How long an image error is shown as itself before it becomes ImagePullBackOff, in milliseconds. */
const SHOW_ERROR_MS = 1_000;

/** Gets the image, and tries again with back-off (10 s doubling to 5 min) until it is there. */
export async function pulling(
  work: ContainerWork,
): Promise<NextContainerState<"pulling">> {
  const { clock } = work.services.host;
  const backoff = new RestartBackoff();
  for (;;) {
    const image = work.spec.image ?? "";
    try {
      work.imageRef = await ensureImage(work, image);
      return "creating";
    } catch (error) {
      if (work.signal.aborted) throw work.signal.reason;
      work.setTried();
      const failedAt = clock.now();
      backoff.restarted(failedAt, failedAt);
      const { reason, message } = asPullError(error);
      work.pod.setWaiting(work.name, { reason, message });
      if (reason === "ErrImagePull") {
        work.event("Warning", {
          reason: "Failed",
          message: `Failed to pull image "${image}": ${message}`,
        });
      }
      work.event("Warning", { reason: "Failed", message: `Error: ${reason}` });
      await clock.sleep(SHOW_ERROR_MS, work.signal);
      if (reason === "ErrImagePull") {
        const message = `Back-off pulling image "${image}": ${reason}: ${
          asPullError(error).message
        }`;
        work.pod.setWaiting(work.name, { reason: "ImagePullBackOff", message });
        work.event("Normal", {
          reason: "BackOff",
          message: `Back-off pulling image "${image}"`,
        });
      }
      await sleepOrReferences(work, backoff.delayMs(failedAt) - SHOW_ERROR_MS);
    }
  }
}

async function ensureImage(work: ContainerWork, image: string) {
  const { services } = work;
  const auth = await services.pullAuth(work.pod, image);
  const { imageRef, pulledMs } = await services.images.ensure(image, {
    policy: work.spec.imagePullPolicy ?? "IfNotPresent",
    ...(auth && { auth }),
    signal: work.signal,
    onPull: () =>
      work.event("Normal", {
        reason: "Pulling",
        message: `Pulling image "${image}"`,
      }),
  });
  work.event("Normal", {
    reason: "Pulled",
    message: pulledMs === undefined
      ? `Container image "${image}" already present on machine`
      : `Successfully pulled image "${image}" in ${Math.round(pulledMs)}ms`,
  });
  return imageRef;
}

function asPullError(error: unknown): { reason: string; message: string } {
  if (error instanceof RuntimeError) {
    return { reason: error.reason, message: error.message };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { reason: "ErrImagePull", message };
}
