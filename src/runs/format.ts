export * from "../../media/queue/format.ts";
