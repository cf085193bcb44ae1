/** The servers that can be run without Docker. `s3-other` is a second S3 server, of another family. */
export const SERVER_KINDS = ['kafka', 's3', 's3-other', 'postgres'] as const
export type ServerKind = (typeof SERVER_KINDS)[number]

/** What development needs; the second S3 server is for the test suites. */
export const DEFAULT_KINDS: readonly ServerKind[] = ['kafka', 's3', 'postgres']

/** Where one server runs. */
export interface ServerPlace {
  /** Its program, complete, in the cache; for PostgreSQL the system's directory of programs. */
  programs: string
  /** Its data, configuration and log; exists. */
  directory: string
  /** On 127.0.0.1. The first is the one that clients use. */
  ports: readonly number[]
  /** Password of all its users. */
  secret: string
}

/** As whom a program runs. */
export interface User {
  uid: number
  gid: number
}

/** How a server's process is started. */
export interface Program {
  command: string
  args: readonly string[]
  env: Readonly<Record<string, string>>
  user: User | null
}

/** One kind of server. */
export interface ServerSpec {
  kind: ServerKind
  title: string
  /** Where `dev up` puts it, for people to remember; tests take free ports. */
  defaultPorts: readonly number[]
  /** The user it must run as; `null` for the one who starts it. */
  user(): Promise<User | null>
  /** The directory of its programs when they are there, without fetching anything. */
  installed(cache: string): Promise<string | null>
  /** Tools that fetching or building it takes, beyond those that it runs with. */
  buildTools: readonly ('mvn' | 'go')[]
  runTools: readonly ('java' | 'postgres')[]
  /** What examples and tests use beside it: installed with it where packages are, and not asked for else. */
  besideTools?: readonly 'kcat'[]
  /** Fetches or builds it into the cache; needs its tools. */
  install(cache: string, onWait: () => void): Promise<string>
  /** Lays its data out, once: does nothing when that is done. */
  prepare(place: ServerPlace): Promise<void>
  program(place: ServerPlace): Promise<Program>
  /** Asks it to end soon and in order. */
  stopSignal: NodeJS.Signals
  /** The file in its directory that its log goes to; what it writes to stdout and stderr goes to server.log. */
  logName: string
  /** Throws until it does its work, not just listens. */
  probe(place: ServerPlace): Promise<void>
}
