// What a program does with the clients. It is compiled, not run: each expectation of an error must meet one.
import * as portal from "../../gen/client/ts/portal.js";
import * as standard from "../../gen/client/ts/standard.js";

const c: standard.Connection = { baseURL: "https://localhost:9300/apis/default", token: async () => "a token" };

export async function use(file: File): Promise<string> {
  const made = await standard.createPatient(c, { fname: "Baz", lname: "Bop", DOB: "1980-03-01", sex: "Female" });
  const pid: number = made.data.pid;
  const page = await standard.listPatients(c, { lname: "Bop", _limit: 10 });
  const names: string[] = page.data.map((p) => p.lname);
  const none: never[] = page.internalErrors;
  await standard.updatePatient(c, made.data.uuid, { city: "Springfield" });
  await standard.createDocument(c, pid, { document: file }, { path: "/medical_record" });
  const content: Blob = await standard.getDocument(c, pid, 12);
  const gone: true = await standard.deleteMedication(c, pid, 7);
  const own = await portal.getOwnPatient(c);

  // @ts-expect-error a required field is missing
  await standard.createPatient(c, { fname: "Baz" });
  // @ts-expect-error there is no such field
  await standard.updatePatient(c, pid, { colour: "red" });
  // @ts-expect-error a filter that is required is missing
  await standard.listDocuments(c, pid);
  // @ts-expect-error the value is none of the three
  await standard.updateInsurance(c, pid, "a", { type: "fourth" });
  return [...names, ...none, own.data.lname, content.type, String(gone)].join();
}

export function broken(e: unknown): number | undefined {
  return e instanceof standard.APIError ? e.status : undefined;
}
