mod discover;
mod record;
mod refresh;
mod resume;
mod send;
mod sign_in;
mod sign_out;
