/** Where a server is, and who asks. */
export interface Connection {
  /** Address of a site's APIs, such as https://localhost:9300/apis/default. */
  baseURL: string;
  /** Access token, or what returns the one to use now. */
  token?: string | (() => string | Promise<string>);
  /** What sends requests; the global fetch if absent. */
  fetch?: typeof fetch;
}

/** An answer that is no success. Its body is what the document of the API says about the status. */
export class APIError extends Error {
  readonly status: number;
  readonly body: unknown;

  constructor(status: number, body: unknown) {
    super(`the server answers with status ${status}`);
    this.name = "APIError";
    this.status = status;
    this.body = body;
  }
}

/** What goes with a request: members of the query, and one kind of body. */
export interface Content {
  query?: object;
  json?: object;
  form?: object;
}

/** Writes a path; what is put in is escaped. */
export function path(fixed: TemplateStringsArray, ...values: (string | number)[]): string {
  return String.raw({ raw: fixed }, ...values.map((v) => encodeURIComponent(v)));
}

/** Sends a request and returns the JSON of the answer. Throws an APIError for an answer that is no success. */
export async function json<T>(c: Connection, method: string, to: string, content: Content = {}): Promise<T> {
  return (await (await send(c, method, to, content)).json()) as T;
}

/** Sends a request and returns the bytes of the answer. Throws an APIError for an answer that is no success. */
export async function blob(c: Connection, method: string, to: string, content: Content = {}): Promise<Blob> {
  return (await send(c, method, to, content)).blob();
}

async function send(c: Connection, method: string, to: string, content: Content): Promise<Response> {
  const url = new URL(c.baseURL.replace(/\/$/, "") + to);
  for (const [name, value] of Object.entries(content.query ?? {})) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  const headers = new Headers({ Accept: "application/json, */*" });
  const token = typeof c.token === "function" ? await c.token() : c.token;
  if (token) headers.set("Authorization", `Bearer ${token}`);
  const request: RequestInit = { method, headers };
  if (content.json) {
    headers.set("Content-Type", "application/json");
    request.body = JSON.stringify(content.json);
  }
  if (content.form) {
    const form = new FormData();
    for (const [name, value] of Object.entries(content.form)) form.set(name, value as Blob | string);
    request.body = form;
  }
  const answer = await (c.fetch ?? fetch)(url, request);
  if (!answer.ok) throw new APIError(answer.status, await said(answer));
  return answer;
}

/** Returns the body of an answer: JSON if it is that, else its text. */
async function said(answer: Response): Promise<unknown> {
  const text = await answer.text();
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
