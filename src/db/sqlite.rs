//! `bit_or` for SQLite, so that both engines run the same statements.

use libsqlite3_sys as ffi;
use sqlx::sqlite::SqliteConnection;
use std::os::raw::c_int;

/// Registers the aggregate on a connection.
pub async fn register_bit_or(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let mut handle = connection.lock_handle().await?;
    // SAFETY: the handle is locked and open; the name is a C string; the callbacks follow SQLite's aggregate protocol.
    let code = unsafe {
        ffi::sqlite3_create_function_v2(
            handle.as_raw_handle().as_ptr(),
            c"bit_or".as_ptr(),
            1,
            ffi::SQLITE_UTF8 | ffi::SQLITE_DETERMINISTIC | ffi::SQLITE_INNOCUOUS,
            std::ptr::null_mut(),
            None,
            Some(step),
            Some(finish),
            None,
        )
    };
    match code {
        ffi::SQLITE_OK => Ok(()),
        code => Err(sqlx::Error::Protocol(format!("sqlite refused bit_or, code {code}"))),
    }
}

/// What SQLite keeps between rows; zeroed by SQLite at the first.
#[repr(C)]
struct Sum {
    bits: i64,
    any: c_int,
}

unsafe extern "C" fn step(
    context: *mut ffi::sqlite3_context,
    _: c_int,
    arguments: *mut *mut ffi::sqlite3_value,
) {
    // SAFETY: SQLite passes one argument (registered so) and an aggregate context of the size asked for, or null
    // when out of memory, which leaves the row out and the result NULL: no right.
    unsafe {
        let sum = ffi::sqlite3_aggregate_context(context, size_of::<Sum>() as c_int) as *mut Sum;
        if !sum.is_null() && ffi::sqlite3_value_type(*arguments) != ffi::SQLITE_NULL {
            (*sum).bits |= ffi::sqlite3_value_int64(*arguments);
            (*sum).any = 1;
        }
    }
}

unsafe extern "C" fn finish(context: *mut ffi::sqlite3_context) {
    // SAFETY: as above; size 0 asks for what `step` made and gives null where there was no row.
    unsafe {
        let sum = ffi::sqlite3_aggregate_context(context, 0) as *mut Sum;
        if sum.is_null() || (*sum).any == 0 {
            ffi::sqlite3_result_null(context);
        } else {
            ffi::sqlite3_result_int64(context, (*sum).bits);
        }
    }
}
