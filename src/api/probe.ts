import {
  defaulted,
  type Field,
  type Fields,
  int32,
  int64,
  type IntOrString,
  intOrString,
  list,
  named,
  object,
  optional,
  pointer,
  str,
} from "./schema/words.ts";

/** URIScheme. */
export type URIScheme = "HTTP" | "HTTPS";

/** Signal. */
export type Signal =
  | "SIGABRT"
  | "SIGALRM"
  | "SIGBUS"
  | "SIGCHLD"
  | "SIGCLD"
  | "SIGCONT"
  | "SIGFPE"
  | "SIGHUP"
  | "SIGILL"
  | "SIGINT"
  | "SIGIO"
  | "SIGIOT"
  | "SIGKILL"
  | "SIGPIPE"
  | "SIGPOLL"
  | "SIGPROF"
  | "SIGPWR"
  | "SIGQUIT"
  | "SIGSEGV"
  | "SIGSTKFLT"
  | "SIGSTOP"
  | "SIGSYS"
  | "SIGTERM"
  | "SIGTRAP"
  | "SIGTSTP"
  | "SIGTTIN"
  | "SIGTTOU"
  | "SIGURG"
  | "SIGUSR1"
  | "SIGUSR2"
  | "SIGVTALRM"
  | "SIGWINCH"
  | "SIGXCPU"
  | "SIGXFSZ"
  | "SIGRTMIN"
  | "SIGRTMIN+1"
  | "SIGRTMIN+2"
  | "SIGRTMIN+3"
  | "SIGRTMIN+4"
  | "SIGRTMIN+5"
  | "SIGRTMIN+6"
  | "SIGRTMIN+7"
  | "SIGRTMIN+8"
  | "SIGRTMIN+9"
  | "SIGRTMIN+10"
  | "SIGRTMIN+11"
  | "SIGRTMIN+12"
  | "SIGRTMIN+13"
  | "SIGRTMIN+14"
  | "SIGRTMIN+15"
  | "SIGRTMAX-14"
  | "SIGRTMAX-13"
  | "SIGRTMAX-12"
  | "SIGRTMAX-11"
  | "SIGRTMAX-10"
  | "SIGRTMAX-9"
  | "SIGRTMAX-8"
  | "SIGRTMAX-7"
  | "SIGRTMAX-6"
  | "SIGRTMAX-5"
  | "SIGRTMAX-4"
  | "SIGRTMAX-3"
  | "SIGRTMAX-2"
  | "SIGRTMAX-1"
  | "SIGRTMAX";

/** ExecAction. */
export interface ExecAction {
  command?: string[];
}

/** Schema of {@linkcode ExecAction}. */
export const execAction: Field<ExecAction> = object<ExecAction>(
  "io.k8s.api.core.v1.ExecAction",
  () => ({
    command: optional(list(str, { type: "atomic" })),
  }),
);

/** HTTPHeader. */
export interface HTTPHeader {
  name: string;
  value: string;
}

/** Schema of {@linkcode HTTPHeader}. */
export const httpHeader: Field<HTTPHeader> = object<HTTPHeader>(
  "io.k8s.api.core.v1.HTTPHeader",
  () => ({
    name: str,
    value: str,
  }),
);

/** HTTPGetAction. */
export interface HTTPGetAction {
  path?: string;
  port: IntOrString;
  host?: string;
  scheme?: URIScheme;
  httpHeaders?: HTTPHeader[];
}

/** Schema of {@linkcode HTTPGetAction}. */
export const httpGetAction: Field<HTTPGetAction> = object<HTTPGetAction>(
  "io.k8s.api.core.v1.HTTPGetAction",
  () => ({
    path: optional(str),
    port: intOrString,
    host: optional(str),
    scheme: optional(named<URIScheme>("v1.URIScheme")),
    httpHeaders: optional(list(httpHeader, { type: "atomic" })),
  }),
);

/** TCPSocketAction. */
export interface TCPSocketAction {
  port: IntOrString;
  host?: string;
}

/** Schema of {@linkcode TCPSocketAction}. */
export const tcpSocketAction: Field<TCPSocketAction> = object<TCPSocketAction>(
  "io.k8s.api.core.v1.TCPSocketAction",
  () => ({
    port: intOrString,
    host: optional(str),
  }),
);

/** GRPCAction. */
export interface GRPCAction {
  port: number;
  service?: string;
}

/** Schema of {@linkcode GRPCAction}. */
export const grpcAction: Field<GRPCAction> = object<GRPCAction>(
  "io.k8s.api.core.v1.GRPCAction",
  () => ({
    port: int32,
    service: defaulted(pointer(str), ""),
  }),
);

/** SleepAction. */
export interface SleepAction {
  seconds: number;
}

/** Schema of {@linkcode SleepAction}. */
export const sleepAction: Field<SleepAction> = object<SleepAction>(
  "io.k8s.api.core.v1.SleepAction",
  () => ({
    seconds: int64,
  }),
);

/** ProbeHandler. */
export interface ProbeHandler {
  exec?: ExecAction;
  httpGet?: HTTPGetAction;
  tcpSocket?: TCPSocketAction;
  grpc?: GRPCAction;
}

/** The fields of {@linkcode ProbeHandler}, for types that contain it. */
export const probeHandlerFields = (): Fields<ProbeHandler> => ({
  exec: pointer(execAction),
  httpGet: pointer(httpGetAction),
  tcpSocket: pointer(tcpSocketAction),
  grpc: pointer(grpcAction),
});

/** Probe. */
export interface Probe extends ProbeHandler {
  initialDelaySeconds?: number;
  timeoutSeconds?: number;
  periodSeconds?: number;
  successThreshold?: number;
  failureThreshold?: number;
  terminationGracePeriodSeconds?: number;
}

/** Schema of {@linkcode Probe}. */
export const probe: Field<Probe> = object<Probe>(
  "io.k8s.api.core.v1.Probe",
  () => ({
    ...probeHandlerFields(),
    initialDelaySeconds: optional(int32),
    timeoutSeconds: optional(int32),
    periodSeconds: optional(int32),
    successThreshold: optional(int32),
    failureThreshold: optional(int32),
    terminationGracePeriodSeconds: pointer(int64),
  }),
);

/** LifecycleHandler. */
export interface LifecycleHandler {
  exec?: ExecAction;
  httpGet?: HTTPGetAction;
  tcpSocket?: TCPSocketAction;
  sleep?: SleepAction;
}

/** Schema of {@linkcode LifecycleHandler}. */
export const lifecycleHandler: Field<LifecycleHandler> = object<
  LifecycleHandler
>(
  "io.k8s.api.core.v1.LifecycleHandler",
  () => ({
    exec: pointer(execAction),
    httpGet: pointer(httpGetAction),
    tcpSocket: pointer(tcpSocketAction),
    sleep: pointer(sleepAction),
  }),
);

/** Lifecycle. */
export interface Lifecycle {
  postStart?: LifecycleHandler;
  preStop?: LifecycleHandler;
  stopSignal?: Signal;
}

/** Schema of {@linkcode Lifecycle}. */
export const lifecycle: Field<Lifecycle> = object<Lifecycle>(
  "io.k8s.api.core.v1.Lifecycle",
  () => ({
    postStart: pointer(lifecycleHandler),
    preStop: pointer(lifecycleHandler),
    stopSignal: pointer(named<Signal>("v1.Signal")),
  }),
);
