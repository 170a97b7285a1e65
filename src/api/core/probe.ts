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
} from "../schema/words.ts";

/** How HTTP is spoken. */
export type URIScheme = "HTTP" | "HTTPS";

/** A Unix signal by its name. */
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

/** Runs a command in the container; status 0 is good. */
export interface ExecAction {
  /** Program and arguments; no shell is involved. */
  command?: string[];
}

/** Schema of {@linkcode ExecAction}. */
export const execAction: Field<ExecAction> = object<ExecAction>(
  "io.k8s.api.core.v1.ExecAction",
  () => ({
    command: optional(list(str, { type: "atomic" })),
  }),
);

/** A header of an HTTP request. */
export interface HTTPHeader {
  /** Its name. */
  name: string;
  /** Its value. */
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

/** Asks over HTTP; status 200 to 399 is good. */
export interface HTTPGetAction {
  /** The path. Default: `/`. */
  path?: string;
  /** Number of the port, or name of a container's port. */
  port: IntOrString;
  /** The host. Default: the Pod's address. */
  host?: string;
  /** HTTP or HTTPS. Default: HTTP. */
  scheme?: URIScheme;
  /** Headers to send. */
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

/** Opens a TCP connection; that it opens is good. */
export interface TCPSocketAction {
  /** Number of the port, or name of a container's port. */
  port: IntOrString;
  /** The host. Default: the Pod's address. */
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

/** Asks the gRPC health service. */
export interface GRPCAction {
  /** The port. */
  port: number;
  /** The service to ask about. Default: "". */
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

/** Waits. */
export interface SleepAction {
  /** For how long. */
  seconds: number;
}

/** Schema of {@linkcode SleepAction}. */
export const sleepAction: Field<SleepAction> = object<SleepAction>(
  "io.k8s.api.core.v1.SleepAction",
  () => ({
    seconds: int64,
  }),
);

/** What a probe does; exactly one is set. */
export interface ProbeHandler {
  /** Runs a command. */
  exec?: ExecAction;
  /** Asks over HTTP. */
  httpGet?: HTTPGetAction;
  /** Opens a connection. */
  tcpSocket?: TCPSocketAction;
  /** Asks over gRPC. */
  grpc?: GRPCAction;
}

/** The fields of {@linkcode ProbeHandler}, for types that contain it. */
export const probeHandlerFields = (): Fields<ProbeHandler> => ({
  exec: pointer(execAction),
  httpGet: pointer(httpGetAction),
  tcpSocket: pointer(tcpSocketAction),
  grpc: pointer(grpcAction),
});

/** Looks again and again whether a container is well. */
export interface Probe extends ProbeHandler {
  /** Seconds from the container's start to the first look. Default: 0. */
  initialDelaySeconds?: number;
  /** Seconds after which a look counts as failed. Default: 1. */
  timeoutSeconds?: number;
  /** Seconds between looks. Default: 10. */
  periodSeconds?: number;
  /** Good looks in a row that make it well. Default: 1; liveness and startup allow only 1. */
  successThreshold?: number;
  /** Bad looks in a row that make it unwell. Default: 3. */
  failureThreshold?: number;
  /** Seconds between TERM and KILL when this probe ends the container. Default: the Pod's. */
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

/** What is done at a turn of a container's life; exactly one is set. */
export interface LifecycleHandler {
  /** Runs a command. */
  exec?: ExecAction;
  /** Asks over HTTP. */
  httpGet?: HTTPGetAction;
  /** Deprecated: never worked. */
  tcpSocket?: TCPSocketAction;
  /** Waits. */
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

/** What is done when a container starts and ends. */
export interface Lifecycle {
  /** Right after the start; the container is killed when it fails. */
  postStart?: LifecycleHandler;
  /** Before the container is told to end. */
  preStop?: LifecycleHandler;
  /** The signal that tells it to end; needs `spec.os.name`. */
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
