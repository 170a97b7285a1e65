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
      work.event("Warning", pullEvent(image, { reason, message }));
      work.event("Warning", { reason: "Failed", message: `Error: ${reason}` });
      await clock.sleep(SHOW_ERROR_MS, work.signal);
      if (reason === "ErrImagePull") {
        const backingOff = `Back-off pulling image "${image}"`;
        work.pod.setWaiting(work.name, {
          reason: "ImagePullBackOff",
          message: `${backingOff}: ${reason}: ${message}`,
        });
        work.event("Normal", { reason: "BackOff", message: backingOff });
        work.event("Warning", {
          reason: "Failed",
          message: "Error: ImagePullBackOff",
        });
      }
      await sleepOrReferences(work, backoff.delayMs(failedAt) - SHOW_ERROR_MS);
    }
  }
}

async function ensureImage(work: ContainerWork, image: string) {
  const { services } = work;
  const { imageRef, message } = await services.images.ensure(image, {
    policy: work.spec.imagePullPolicy ?? "IfNotPresent",
    credentials: () => services.pullAuth(work.pod, image),
    signal: work.signal,
    onPull: () =>
      work.event("Normal", {
        reason: "Pulling",
        message: `Pulling image "${image}"`,
      }),
  });
  work.event("Normal", { reason: "Pulled", message });
  return imageRef;
}

/** The event that tells why, before the one that tells what the container waits for. */
function pullEvent(
  image: string,
  { reason, message }: { reason: string; message: string },
): { reason: string; message: string } {
  switch (reason) {
    case "ErrImageNeverPull":
      return { reason, message };
    case "InvalidImageName":
    case "ImageInspectError":
      return { reason: "InspectFailed", message };
    default:
      return {
        reason: "Failed",
        message: `Failed to pull image "${image}": ${message}`,
      };
  }
}

function asPullError(error: unknown): { reason: string; message: string } {
  if (error instanceof RuntimeError) {
    return { reason: error.reason, message: error.message };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { reason: "ErrImagePull", message };
}
