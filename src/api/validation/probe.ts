/**
 * The rules of probes and life cycle handlers.
 *
 * @module
 */
import {
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from "../field_error.ts";
import type { FieldError } from "../kind.ts";
import type {
  HTTPGetAction,
  Lifecycle,
  LifecycleHandler,
  Probe,
} from "../core/probe.ts";
import { isHeaderName } from "./names.ts";
import { each, notNegative, portOrName } from "./values.ts";

/** What a Pod says that its containers' handlers depend on. */
export interface HandlerContext {
  /** Seconds between TERM and KILL. */
  readonly graceSeconds: number | undefined;
  /** `spec.os.name`, when given. */
  readonly os: string | undefined;
}

type Handler = Probe & LifecycleHandler;

const HANDLERS = ["exec", "httpGet", "tcpSocket", "grpc", "sleep"] as const;

function validateHttpGet(
  { path = "", port, scheme, httpHeaders = [] }: HTTPGetAction,
  field: string,
): FieldError[] {
  return [
    ...(path === "" ? [required(`${field}.path`)] : []),
    ...portOrName(`${field}.port`, port),
    ...(scheme === "HTTP" || scheme === "HTTPS"
      ? []
      : [notSupported(`${field}.scheme`, scheme ?? "", ["HTTP", "HTTPS"])]),
    ...httpHeaders.flatMap(({ name }) =>
      each(`${field}.httpHeaders`, name, isHeaderName(name))
    ),
  ];
}

function validateSleep(
  seconds: number,
  field: string,
  { graceSeconds }: HandlerContext,
): FieldError[] {
  if (
    graceSeconds === undefined || (seconds >= 0 && seconds <= graceSeconds)
  ) return [];
  return [
    invalidValue(
      field,
      seconds,
      `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`,
    ),
  ];
}

function validateHandler(
  handler: Handler,
  field: string,
  context: HandlerContext,
): FieldError[] {
  const [first, ...others] = HANDLERS.filter((name) =>
    handler[name] !== undefined
  );
  if (first === undefined) {
    return [required(field, "must specify a handler type")];
  }
  const at = `${field}.${first}`;
  const found = others.map((name) =>
    forbiddenField(
      `${field}.${name}`,
      "may not specify more than 1 handler type",
    )
  );
  switch (first) {
    case "exec":
      return (handler.exec?.command?.length ?? 0) === 0
        ? [required(`${at}.command`), ...found]
        : found;
    case "httpGet":
      return [...validateHttpGet(handler.httpGet!, at), ...found];
    case "tcpSocket":
      return [...portOrName(`${at}.port`, handler.tcpSocket!.port), ...found];
    case "grpc":
      return [...portOrName(`${at}.port`, handler.grpc!.port), ...found];
    case "sleep":
      return [...validateSleep(handler.sleep!.seconds, at, context), ...found];
  }
}

/** What a probe is for. */
export type ProbeUse = "livenessProbe" | "readinessProbe" | "startupProbe";

/** The rules of one probe. */
export function validateProbe(
  probe: Probe | undefined,
  field: string,
  { use, ...context }: HandlerContext & { readonly use: ProbeUse },
): FieldError[] {
  if (probe === undefined) return [];
  const found = validateHandler(probe, field, context);
  for (
    const name of [
      "initialDelaySeconds",
      "timeoutSeconds",
      "periodSeconds",
      "successThreshold",
      "failureThreshold",
    ] as const
  ) found.push(...notNegative(`${field}.${name}`, probe[name]));
  const grace = probe.terminationGracePeriodSeconds;
  if (grace !== undefined && grace <= 0) {
    found.push(
      invalidValue(
        `${field}.terminationGracePeriodSeconds`,
        grace,
        "must be greater than 0",
      ),
    );
  }
  if (use === "readinessProbe" && grace !== undefined) {
    found.push(
      invalidValue(
        `${field}.terminationGracePeriodSeconds`,
        grace,
        "must not be set for readinessProbes",
      ),
    );
  }
  if (use !== "readinessProbe" && probe.successThreshold !== 1) {
    found.push(
      invalidValue(
        `${field}.successThreshold`,
        probe.successThreshold ?? 0,
        "must be 1",
      ),
    );
  }
  return found;
}

const SIGNALS: readonly string[] = [
  ..."ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT"
    .split(" "),
  "RTMAX",
  ...Array.from({ length: 14 }, (_, i) => `RTMAX-${i + 1}`),
  "RTMIN",
  ...Array.from({ length: 15 }, (_, i) => `RTMIN+${i + 1}`),
  ..."SEGV STKFLT STOP SYS TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ"
    .split(" "),
].map((name) => `SIG${name}`).sort();

function validateStopSignal(
  signal: string,
  field: string,
  os: string | undefined,
): FieldError[] {
  if (os === undefined) {
    return [
      forbiddenField(
        field,
        "may not be set for containers with empty `spec.os.name`",
      ),
    ];
  }
  const supported = os === "windows" ? ["SIGKILL", "SIGTERM"] : SIGNALS;
  return supported.includes(signal) || (os !== "linux" && os !== "windows")
    ? []
    : [notSupported(field, signal, supported)];
}

/** The rules of a container's life cycle handlers. */
export function validateLifecycle(
  lifecycle: Lifecycle | undefined,
  field: string,
  context: HandlerContext,
): FieldError[] {
  if (lifecycle === undefined) return [];
  const { postStart, preStop, stopSignal } = lifecycle;
  return [
    ...(postStart === undefined
      ? []
      : validateHandler(postStart, `${field}.postStart`, context)),
    ...(preStop === undefined
      ? []
      : validateHandler(preStop, `${field}.preStop`, context)),
    ...(stopSignal === undefined
      ? []
      : validateStopSignal(stopSignal, `${field}.stopSignal`, context.os)),
  ];
}
