/**
 * Ends a container by a signal of its pod's choice, where the runtime has no word for that (the CRI has one since 1.33, containerd 1.x does not know it):
 * the signal goes to the container's first process.
 *
 * @module
 */
import { Stopped } from "../../../src/base/errors.ts";
import type { Host } from "../../../src/base/host.ts";
import { RuntimeService, Signal } from "./gen/cri_pb.ts";
import { signalNumber } from "../signal_number.ts";
import type { GrpcChannel } from "./grpc_channel.ts";

const { method } = RuntimeService;

/** How often, in milliseconds, an end is looked for that no hint told of. */
const LOOK_MS = 1_000;

/** The CRI's word for a signal. */
export function criSignal(name: string | undefined): Signal {
  const word = (name ?? "").replace("+", "PLUS").replace("-", "MINUS");
  const known: Readonly<Record<string, Signal | string | undefined>> = Signal;
  const found = known[word];
  return typeof found === "number" ? found : Signal.RUNTIME_DEFAULT;
}

/**
 * Sends the signal and waits until the container has ended or the grace is over. Answers at once where the runtime sends it by itself or the container does
 * not run; what still runs then is for the runtime to stop.
 *
 * @param options.onChange tells of changes of containers
 * @returns whether the signal was sent
 */
export async function stopBySignal(
  host: Pick<Host, "clock" | "processes">,
  { channel, onChange }: {
    readonly channel: GrpcChannel;
    readonly onChange: (listener: () => void) => Disposable;
  },
  { id, stopSignal, graceMs }: {
    readonly id: string;
    readonly stopSignal: string;
    readonly graceMs: number;
  },
): Promise<boolean> {
  const ask = () =>
    channel.unary(method.containerStatus, { containerId: id, verbose: true });
  const { status, info } = await ask();
  if (status?.stopSignal) return false;
  const { pid } = JSON.parse(info["info"] ?? "{}");
  const number = signalNumber(stopSignal);
  if (!Number.isInteger(pid) || pid <= 0 || number === undefined) return false;
  const { code } = await host.processes.run("kill", {
    args: [`-${number}`, String(pid)],
  });
  if (code !== 0) return false; // it has ended
  const endsMs = host.clock.monotonicMs() + graceMs;
  for (;;) {
    const leftMs = endsMs - host.clock.monotonicMs();
    if (leftMs <= 0) return true;
    const waiting = new AbortController();
    const change = Promise.withResolvers<void>();
    using _hint = onChange(change.resolve);
    const { info } = await ask();
    // containerd tells 0 once the process has ended.
    if (JSON.parse(info["info"] ?? "{}").pid !== pid) return true;
    try {
      await Promise.race([
        change.promise,
        host.clock.sleep(Math.min(leftMs, LOOK_MS), waiting.signal)
          .catch(() => {}),
      ]);
    } finally {
      waiting.abort(new Stopped("The wait is over"));
    }
  }
}
