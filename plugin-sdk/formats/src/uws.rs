//! UWS 1.0 and 1.1: jobs and job lists as XML, read and written.

mod job;
mod job_reader;
mod job_writer;
mod phase;

pub use job::{ErrorSummary, Job, JobParameter, JobReference, JobResult};
pub use job_reader::{JobListReader, read_job};
pub use job_writer::{write_job, write_job_list, write_parameters, write_results};
pub use phase::Phase;
