// A program that works with a running server: it makes a patient, changes it, reads it, and keeps a document.
import * as standard from "../../gen/client/ts/standard.js";

declare const process: { env: { [name: string]: string | undefined } };

const c: standard.Connection = { baseURL: process.env["BASE_URL"] ?? "", token: () => process.env["TOKEN"] ?? "" };

const made = await standard.createPatient(c, { fname: "Nikola", lname: "Tesla", DOB: "1956-07-10", sex: "Male" });
await standard.updatePatient(c, made.data.uuid, { city: "Springfield" });
const found = await standard.listPatients(c, { lname: "tesl", _limit: 1 });
const patient = found.data[0];

const category = { path: "/medical_record" };
await standard.createDocument(c, made.data.pid, { document: new File(["a note"], "note.txt", { type: "text/plain" }) }, category);
const [kept] = await standard.listDocuments(c, made.data.pid, category);
const note = await standard.getDocument(c, made.data.pid, kept?.id ?? 0);

const status = await standard.getPatient(c, "a/b?c").then(() => 200, (e: unknown) => (e instanceof standard.APIError ? e.status : 0));

console.log(`${patient?.lname} lives in ${patient?.city}; ${await note.text()}; ${status}`);
