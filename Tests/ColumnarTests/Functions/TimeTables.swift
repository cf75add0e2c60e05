extension FunctionTables {
    /// Europe/Berlin put clocks forward on 2024-03-31 at 01:00 UTC and back on 2024-10-27 at 01:00 UTC.
    static let timeParts = #"""
        year(timestamp '2024-12-31 23:30:00') => 2024
        year(timestamp '2024-12-31 23:30:00', 'Europe/Berlin') => 2025 ;; python: local('2024-12-31T23:30:00', 'Europe/Berlin').year
        year(date '0001-01-01') => 1
        year(null::date) => null
        quarter(date '2024-03-31') => 1
        quarter(date '2024-04-01') => 2
        quarter(null::date) => null
        month(timestamp '1969-12-31 23:59:59.999999') => 12
        month(null::date) => null
        weekofyear(date '2020-12-31') => 53
        weekofyear(date '2021-01-03') => 53
        weekofyear(date '2024-12-30') => 1
        weekofyear(null::date) => null
        yearofweek(date '2021-01-03') => 2020 ;; isoyear(date '2021-01-03')
        yearofweek(date '2024-12-30') => 2025 ;; isoyear(date '2024-12-30')
        yearofweek(null::date) => null ;; isoyear(null::DATE)
        day(timestamp '2024-02-29 12:00:00') => 29
        day(timestamp '2024-03-30 23:00:00', 'Europe/Berlin') => 31 ;; python: local('2024-03-30T23:00:00', 'Europe/Berlin').day
        day(timestamp '2024-03-30 22:59:59', 'Europe/Berlin') => 30 ;; python: local('2024-03-30T22:59:59', 'Europe/Berlin').day
        day(null::timestamp) => null
        dayofyear(date '2024-12-31') => 366
        dayofyear(date '2023-12-31') => 365
        dayofyear(null::date) => null
        dayofweek_iso(date '2024-09-01') => 7 ;; isodow(date '2024-09-01')
        dayofweek_iso(date '1900-01-01') => 1 ;; isodow(date '1900-01-01')
        dayofweek_iso(null::date) => null ;; isodow(null::DATE)
        dayofweek(date '2024-09-01') => 1 ;; dayofweek(date '2024-09-01') + 1
        dayofweek(date '2024-08-31') => 7 ;; dayofweek(date '2024-08-31') + 1
        dayofweek(null::date) => null
        weekday(date '2024-09-02') => 0 ;; isodow(date '2024-09-02') - 1
        weekday(date '2024-09-01') => 6 ;; isodow(date '2024-09-01') - 1
        weekday(null::date) => null
        hour(timestamp '1969-12-31 23:59:59.999999') => 23
        hour(timestamp '2024-03-31 00:59:59', 'Europe/Berlin') => 1 ;; python: local('2024-03-31T00:59:59', 'Europe/Berlin').hour
        hour(timestamp '2024-03-31 01:00:00', 'Europe/Berlin') => 3 ;; python: local('2024-03-31T01:00:00', 'Europe/Berlin').hour
        hour(timestamp '2024-10-27 00:30:00', 'Europe/Berlin') => 2 ;; python: local('2024-10-27T00:30:00', 'Europe/Berlin').hour
        hour(timestamp '2024-10-27 01:30:00', 'Europe/Berlin') => 2 ;; python: local('2024-10-27T01:30:00', 'Europe/Berlin').hour
        hour(timestamp '2024-01-01 00:00:00', '-09:30') => 14 ;; python: 14
        hour(null::timestamp) => null
        minute(timestamp '2024-01-01 00:00:00', 'Asia/Kathmandu') => 45 ;; python: local('2024-01-01T00:00:00', 'Asia/Kathmandu').minute
        minute(timestamp '2024-01-01 10:59:00') => 59
        minute(null::timestamp) => null
        second(timestamp '1960-01-01 00:00:59.999999') => 59
        second(null::timestamp) => null
        microsecond(timestamp '1960-01-01 00:00:59.000001') => 1 ;; microsecond(timestamp '1960-01-01 00:00:59.000001') % 1000000
        microsecond(null::timestamp) => null
        dayname(date '2024-09-01') => 'Sun' ;; left(dayname(date '2024-09-01'), 3)
        dayname(null::date) => null
        monthname(date '2024-09-01') => 'Sep' ;; left(monthname(date '2024-09-01'), 3)
        monthname(null::date) => null
        date_trunc('year', timestamp '2024-05-17 10:20:30.123456') => timestamp '2024-01-01 00:00:00'
        date_trunc('quarter', timestamp '2024-05-17 10:20:30.123456') => timestamp '2024-04-01 00:00:00'
        date_trunc('month', timestamp '2024-05-17 10:20:30.123456') => timestamp '2024-05-01 00:00:00'
        date_trunc('week', timestamp '1970-01-01 00:00:00') => timestamp '1969-12-29 00:00:00'
        date_trunc('hour', timestamp '1969-12-31 23:59:59.999999') => timestamp '1969-12-31 23:00:00'
        date_trunc('millisecond', timestamp '2024-05-17 10:20:30.123456') => timestamp '2024-05-17 10:20:30.123'
        date_trunc('microsecond', timestamp '2024-05-17 10:20:30.123456') => timestamp '2024-05-17 10:20:30.123456'
        date_trunc('day', timestamp '2024-03-31 20:00:00', 'Europe/Berlin') => timestamp '2024-03-30 23:00:00' ;; python: truncated_local('2024-03-31T20:00:00', 'Europe/Berlin', hour=0, minute=0, second=0)
        date_trunc('day', timestamp '2024-10-27 22:30:00', 'Europe/Berlin') => timestamp '2024-10-26 22:00:00' ;; python: truncated_local('2024-10-27T22:30:00', 'Europe/Berlin', hour=0, minute=0, second=0)
        date_trunc('month', timestamp '2024-10-31 23:30:00', 'Europe/Berlin') => timestamp '2024-10-31 23:00:00' ;; python: truncated_local('2024-10-31T23:30:00', 'Europe/Berlin', day=1, hour=0, minute=0, second=0)
        date_trunc('hour', timestamp '2024-10-27 01:30:00', 'Europe/Berlin') => timestamp '2024-10-27 01:00:00' ;; python: moment('2024-10-27T01:00:00')
        date_trunc('hour', timestamp '2024-01-01 00:10:00', 'Asia/Kathmandu') => timestamp '2023-12-31 23:15:00' ;; python: truncated_local('2024-01-01T00:10:00', 'Asia/Kathmandu', minute=0)
        date_trunc('day', null::timestamp) => null
        trunc(date '2024-05-17', 'quarter') => date '2024-04-01' ;; date_trunc('quarter', date '2024-05-17')::DATE
        trunc(date '2024-05-17', 'month') => date '2024-05-01' ;; date_trunc('month', date '2024-05-17')::DATE
        trunc(date '1969-12-31', 'week') => date '1969-12-29' ;; date_trunc('week', date '1969-12-31')::DATE
        trunc(timestamp '2024-05-17 23:00:00', 'day') => date '2024-05-17' ;; date_trunc('day', date '2024-05-17')::DATE
        trunc(null::date, 'month') => null ;; date_trunc('month', null::DATE)::DATE
        last_day(date '2023-02-01') => date '2023-02-28'
        last_day(date '2024-02-29') => date '2024-02-29'
        last_day(date '1900-02-01') => date '1900-02-28'
        last_day(timestamp '2024-12-05 10:00:00') => date '2024-12-31'
        last_day(null::date) => null
        next_day(date '2024-09-01', 'Sunday') => date '2024-09-08' ;; stated: Spark
        next_day(date '2024-09-01', 'mon') => date '2024-09-02' ;; stated: Spark
        next_day(date '1969-12-31', 'TH') => date '1970-01-01' ;; stated: Spark
        next_day(null::date, 'TH') => null ;; stated
        """#

    static let timeArithmetic = #"""
        date_add(date '2024-02-28', 2) => date '2024-03-01' ;; date '2024-02-28' + 2
        date_add(date '2024-01-01', -1) => date '2023-12-31' ;; date '2024-01-01' - 1
        date_add(timestamp '2024-01-01 23:00:00', 1) => date '2024-01-02' ;; date '2024-01-02'
        date_add(date '2024-01-01', 9223372036854775807) => null ;; stated: beyond dates
        date_add(null::date, 1) => null ;; stated
        date_sub(date '2024-03-01', 1) => date '2024-02-29' ;; date '2024-03-01' - 1
        date_sub(date '2024-03-01', '-9223372036854775808'::bigint) => null ;; stated: beyond dates
        date_sub(date '2024-03-01', null::int) => null ;; stated
        datediff(date '2024-03-01', date '2024-02-28') => 2 ;; datediff('day', date '2024-02-28', date '2024-03-01')
        datediff(date '2024-02-28', timestamp '2024-03-01 23:00:00') => -2 ;; datediff('day', date '2024-03-01', date '2024-02-28')
        datediff(null::date, date '2024-02-28') => null ;; stated
        add_months(date '2024-01-31', 1) => date '2024-02-29' ;; (date '2024-01-31' + INTERVAL 1 MONTH)::DATE
        add_months(date '2024-02-29', 12) => date '2025-02-28' ;; (date '2024-02-29' + INTERVAL 12 MONTH)::DATE
        add_months(date '2024-02-29', -14) => date '2022-12-29' ;; (date '2024-02-29' - INTERVAL 14 MONTH)::DATE
        add_months(date '2024-02-29', 9223372036854775807) => null ;; stated: beyond dates
        add_months(null::date, 1) => null ;; stated
        months_between(timestamp '1997-02-28 10:30:00', timestamp '1996-10-30 00:00:00') => 3.94959677e0 ;; python: months_between('1997-02-28T10:30:00', '1996-10-30')
        months_between(timestamp '1997-02-28 10:30:00', timestamp '1996-10-30 00:00:00', false) => 3.9495967741935485e0 ;; python: months_between('1997-02-28T10:30:00', '1996-10-30', False)
        months_between(date '2024-03-31', date '2024-02-29') => 1e0 ;; python: months_between('2024-03-31', '2024-02-29')
        months_between(date '2024-01-15', date '2024-03-15') => -2e0 ;; python: months_between('2024-01-15', '2024-03-15')
        months_between(date '2024-01-15', timestamp '2024-03-20 12:00:00') => -2.17741935e0 ;; python: months_between('2024-01-15', '2024-03-20T12:00:00')
        months_between(date '2024-01-15', null::date) => null ;; stated
        timestampadd('minute', -90, timestamp '1970-01-01 00:00:00') => timestamp '1969-12-31 22:30:00' ;; timestamp '1970-01-01' - INTERVAL 90 MINUTE
        timestampadd('quarter', 1, timestamp '2023-11-30 01:02:03') => timestamp '2024-02-29 01:02:03' ;; timestamp '2023-11-30 01:02:03' + INTERVAL 3 MONTH
        timestampadd('year', -1, timestamp '2024-02-29 00:00:00') => timestamp '2023-02-28 00:00:00' ;; timestamp '2024-02-29' - INTERVAL 1 YEAR
        timestampadd('week', 2, timestamp '2024-02-29 00:00:00') => timestamp '2024-03-14 00:00:00' ;; timestamp '2024-02-29' + INTERVAL 14 DAY
        timestampadd('day', 1, timestamp '2024-03-30 01:30:00', 'Europe/Berlin') => timestamp '2024-03-31 01:30:00' ;; python: moment('2024-03-31T03:30:00', 'Europe/Berlin')
        timestampadd('hour', 24, timestamp '2024-03-30 11:00:00', 'Europe/Berlin') => timestamp '2024-03-31 11:00:00' ;; python: moment('2024-03-31T11:00:00')
        timestampadd('month', 1, timestamp '2024-09-27 10:00:00', 'Europe/Berlin') => timestamp '2024-10-27 11:00:00' ;; python: moment('2024-10-27T12:00:00', 'Europe/Berlin')
        timestampadd('hour', 9223372036854775807, timestamp '2024-03-30 11:00:00') => null ;; stated: beyond timestamps
        timestampadd('year', 9223372036854775807, timestamp '2024-03-30 11:00:00') => null ;; stated: beyond timestamps
        timestampadd('year', 300000, timestamp '2024-03-30 11:00:00') => null ;; stated: beyond timestamps
        timestampadd('day', null::int, timestamp '2024-03-30 11:00:00') => null ;; stated
        timestampdiff('month', timestamp '2024-01-31 10:00:00', timestamp '2024-03-31 09:00:00') => 1 ;; date_sub('month', timestamp '2024-01-31 10:00:00', timestamp '2024-03-31 09:00:00')
        timestampdiff('month', timestamp '2024-03-31 09:00:00', timestamp '2024-01-31 10:00:00') => -1 ;; date_sub('month', timestamp '2024-03-31 09:00:00', timestamp '2024-01-31 10:00:00')
        timestampdiff('year', timestamp '2020-02-29 00:00:00', timestamp '2024-02-28 23:59:59') => 3 ;; date_sub('year', timestamp '2020-02-29', timestamp '2024-02-28 23:59:59')
        timestampdiff('day', timestamp '2024-01-02 00:00:00', timestamp '2024-01-01 00:00:01') => 0 ;; date_sub('day', timestamp '2024-01-02', timestamp '2024-01-01 00:00:01')
        timestampdiff('week', timestamp '2024-01-01 00:00:00', timestamp '2024-01-21 00:00:00') => 2 ;; date_sub('week', timestamp '2024-01-01', timestamp '2024-01-21')
        timestampdiff('second', timestamp '1969-12-31 23:59:58.5', timestamp '1970-01-01 00:00:00') => 1 ;; date_sub('second', timestamp '1969-12-31 23:59:58.5', timestamp '1970-01-01')
        timestampdiff('day', timestamp '2024-03-30 12:00:00', timestamp '2024-03-31 11:00:00', 'Europe/Berlin') => 1 ;; python: (local('2024-03-31T11:00:00', 'Europe/Berlin') - local('2024-03-30T12:00:00', 'Europe/Berlin')).days
        timestampdiff('microsecond', timestamp_micros('-9223372036854775808'::bigint), timestamp_micros(9223372036854775807)) => null ;; stated: beyond bigint
        timestampdiff('day', null::timestamp, timestamp '2024-01-01 00:00:00') => null ;; stated
        make_date(2024, 2, 29) => date '2024-02-29'
        make_date(2023, 2, 29) => null
        make_date(2024, 13, 1) => null
        make_date(9223372036854775807, 1, 1) => null
        make_date(null::int, 1, 1) => null
        make_timestamp(2024, 2, 29, 23, 59, 59.999999) => timestamp '2024-02-29 23:59:59.999999'
        make_timestamp(2024, 1, 1, 10, 5, 60) => timestamp '2024-01-01 10:06:00' ;; stated: Spark
        make_timestamp(2024, 1, 1, 24, 0, 0) => null ;; stated
        make_timestamp(2024, 1, 1, 0, 0, -1) => null ;; stated
        make_timestamp(2024, 1, 1, 0, 0, 'nan'::double) => null ;; stated
        make_timestamp(2024, 3, 31, 2, 30, 0, 'Europe/Berlin') => timestamp '2024-03-31 01:30:00' ;; python: moment('2024-03-31T02:30:00', 'Europe/Berlin')
        make_timestamp(2024, 10, 27, 2, 30, 0, 'Europe/Berlin') => timestamp '2024-10-27 00:30:00' ;; python: moment('2024-10-27T02:30:00', 'Europe/Berlin')
        make_timestamp(null::int, 1, 1, 0, 0, 0) => null
        from_utc_timestamp(timestamp '2024-07-01 12:00:00', 'America/New_York') => timestamp '2024-07-01 08:00:00' ;; python: local('2024-07-01T12:00:00', 'America/New_York')
        from_utc_timestamp(timestamp '1900-01-01 00:00:00', 'Europe/Paris') => timestamp '1900-01-01 00:09:21' ;; python: local('1900-01-01T00:00:00', 'Europe/Paris')
        from_utc_timestamp(timestamp '2024-07-01 12:00:00', '+05:30') => timestamp '2024-07-01 17:30:00' ;; python: local('2024-07-01T12:00:00', 'Asia/Kolkata')
        from_utc_timestamp(null::timestamp, 'UTC') => null ;; stated
        to_utc_timestamp(timestamp '2024-03-31 02:30:00', 'Europe/Berlin') => timestamp '2024-03-31 01:30:00' ;; python: moment('2024-03-31T02:30:00', 'Europe/Berlin')
        to_utc_timestamp(timestamp '2024-10-27 02:30:00', 'Europe/Berlin') => timestamp '2024-10-27 00:30:00' ;; python: moment('2024-10-27T02:30:00', 'Europe/Berlin')
        to_utc_timestamp(null::timestamp, 'UTC') => null ;; stated
        convert_timezone('UTC', 'Asia/Tokyo', timestamp '2024-01-01 20:00:00') => timestamp '2024-01-02 05:00:00' ;; python: local('2024-01-01T20:00:00', 'Asia/Tokyo')
        convert_timezone('UTC', 'Asia/Tokyo', null::timestamp) => null ;; stated
        unix_seconds(timestamp '1969-12-31 23:59:59.5') => -1 ;; floor(epoch(timestamp '1969-12-31 23:59:59.5'))::BIGINT
        unix_seconds(timestamp '2024-01-01 00:00:00') => 1704067200 ;; epoch(timestamp '2024-01-01')::BIGINT
        unix_seconds(null::timestamp) => null ;; stated
        unix_millis(timestamp '2024-01-01 00:00:00.123999') => 1704067200123 ;; epoch_ms(timestamp '2024-01-01 00:00:00.123999')
        unix_millis(null::timestamp) => null ;; stated
        unix_micros(timestamp '2024-01-01 00:00:00.000001') => 1704067200000001 ;; epoch_us(timestamp '2024-01-01 00:00:00.000001')
        unix_micros(null::timestamp) => null ;; stated
        timestamp_seconds(-1) => timestamp '1969-12-31 23:59:59' ;; make_timestamp(-1000000)
        timestamp_seconds(9223372036854775807) => null ;; stated: beyond timestamps
        timestamp_seconds(null::int) => null ;; stated
        timestamp_millis(1704067200123) => timestamp '2024-01-01 00:00:00.123' ;; epoch_ms(1704067200123)
        timestamp_millis(null::int) => null ;; stated
        timestamp_micros(1) => timestamp '1970-01-01 00:00:00.000001' ;; make_timestamp(1)
        timestamp_micros(null::int) => null ;; stated
        unix_date(date '1969-12-31') => -1 ;; date '1969-12-31' - date '1970-01-01'
        unix_date(null::date) => null ;; stated
        date_from_unix_date(-1) => date '1969-12-31' ;; date '1970-01-01' - 1
        date_from_unix_date(2147483648) => null ;; stated: beyond dates
        date_from_unix_date(null::int) => null ;; stated
        """#

    static let timeTexts = #"""
        date_format(timestamp '2024-03-05 07:08:09.012345', 'yyyy-MM-dd HH:mm:ss.SSSSSS') => '2024-03-05 07:08:09.012345' ;; strftime(timestamp '2024-03-05 07:08:09.012345', '%Y-%m-%d %H:%M:%S.%f')
        date_format(timestamp '2024-03-05 07:08:09.012345', 'y M d H m s SSS') => '2024 3 5 7 8 9 012' ;; strftime(timestamp '2024-03-05 07:08:09.012345', '%Y %-m %-d %-H %-M %-S %g')
        date_format(timestamp '2024-03-05 17:08:09', 'EEEE, d MMMM yy, hh a, DDD') => 'Tuesday, 5 March 24, 05 PM, 065' ;; strftime(timestamp '2024-03-05 17:08:09', '%A, %-d %B %y, %I %p, %j')
        date_format(timestamp '2024-03-05 00:08:09', 'h a k K') => '12 AM 24 0' ;; stated: Java
        date_format(timestamp '2024-07-01 22:30:00', 'EEE dd.MM. HH:mm xxx X Z VV', 'Europe/Berlin') => 'Tue 02.07. 00:30 +02:00 +02 +0200 Europe/Berlin' ;; python: shown('2024-07-01T22:30:00', '%a %d.%m. %H:%M +02:00 +02 %z+0200 Europe/Berlin', 'Europe/Berlin')
        date_format(timestamp '2024-01-01 00:00:00', 'XXX xx', '-03:30') => '-03:30 -0330' ;; stated: Java
        date_format(timestamp '2024-01-01 00:00:00', 'XXX xxx') => 'Z +00:00' ;; stated: Java
        date_format(date '2024-03-05', '''day'' D ''o''''clock'' Q') => 'day 65 o''clock 1' ;; stated: Java
        date_format(date '2024-12-31', 'yyyy/MM') => '2024/12' ;; strftime(date '2024-12-31', '%Y/%m')
        date_format(null::timestamp, 'yyyy') => null ;; stated
        to_timestamp('2024-03-05T07:08:09.012345Z') => timestamp '2024-03-05 07:08:09.012345' ;; '2024-03-05T07:08:09.012345Z'::TIMESTAMP
        to_timestamp('2024-03-05 07:08:09+02:00') => timestamp '2024-03-05 05:08:09' ;; '2024-03-05 07:08:09+02:00'::TIMESTAMPTZ::TIMESTAMP
        to_timestamp('2024-03-05') => timestamp '2024-03-05 00:00:00' ;; '2024-03-05'::TIMESTAMP
        to_timestamp('2024-03-05 07:08:09.1234567') => timestamp '2024-03-05 07:08:09.123456' ;; stated: cut off
        to_timestamp('2024-02-30 00:00:00') => null ;; '2024-02-30 00:00:00'::TIMESTAMP
        to_timestamp('2024-03-05 25:00:00') => null ;; '2024-03-05 25:00:00'::TIMESTAMP
        to_timestamp('2024-03-05x') => null ;; '2024-03-05x'::TIMESTAMP
        to_timestamp('') => null ;; ''::TIMESTAMP
        to_timestamp('05/Mar/2024:07:08:09 +0100', 'dd/MMM/yyyy:HH:mm:ss Z') => timestamp '2024-03-05 06:08:09' ;; strptime('05/Mar/2024:07:08:09 +0100', '%d/%b/%Y:%H:%M:%S %z')::TIMESTAMPTZ::TIMESTAMP
        to_timestamp('2024-10-27 02:30', 'yyyy-MM-dd HH:mm', 'Europe/Berlin') => timestamp '2024-10-27 00:30:00' ;; python: moment('2024-10-27T02:30:00', 'Europe/Berlin')
        to_timestamp('20240305070809', 'yyyyMMddHHmmss') => timestamp '2024-03-05 07:08:09' ;; strptime('20240305070809', '%Y%m%d%H%M%S')
        to_timestamp('5.3.2024 1:02 PM', 'd.M.yyyy h:mm a') => timestamp '2024-03-05 13:02:00' ;; strptime('5.3.2024 1:02 PM', '%d.%m.%Y %I:%M %p')
        to_timestamp('12 AM', 'h a') => timestamp '1970-01-01 00:00:00' ;; stated
        to_timestamp('2024-066', 'yyyy-DDD') => timestamp '2024-03-06 00:00:00' ;; strptime('2024-066', '%Y-%j')
        to_timestamp('2023-366', 'yyyy-DDD') => null ;; stated: no such day
        to_timestamp('Tuesday 05 March 2024', 'EEEE dd MMMM yyyy') => timestamp '2024-03-05 00:00:00' ;; strptime('Tuesday 05 March 2024', '%A %d %B %Y')
        to_timestamp('2024-03-05 07:08 Asia/Tokyo', 'yyyy-MM-dd HH:mm VV') => timestamp '2024-03-04 22:08:00' ;; python: moment('2024-03-05T07:08:00', 'Asia/Tokyo')
        to_timestamp('2024-3-5', 'yyyy-MM-dd') => null ;; stated: MM are two digits
        to_timestamp('12:61', 'HH:mm') => null ;; stated
        to_timestamp(null::string) => null ;; stated
        to_date('2024-02-29') => date '2024-02-29' ;; '2024-02-29'::DATE
        to_date('2023-02-29') => null ;; '2023-02-29'::DATE
        to_date(' 2024-03-05 ') => date '2024-03-05' ;; ' 2024-03-05 '::DATE
        to_date('2024-03-05 23:59:59') => date '2024-03-05' ;; '2024-03-05 23:59:59'::TIMESTAMP::DATE
        to_date('5 Mar 24', 'd MMM yy') => date '2024-03-05' ;; strptime('5 Mar 24', '%d %b %y')::DATE
        to_date(timestamp '1969-12-31 23:59:59.999999') => date '1969-12-31' ;; timestamp '1969-12-31 23:59:59.999999'::DATE
        to_date(date '2024-03-05') => date '2024-03-05' ;; date '2024-03-05'
        to_date(null::string) => null ;; stated
        from_unixtime(1704067199) => '2023-12-31 23:59:59' ;; strftime(make_timestamp(1704067199000000), '%Y-%m-%d %H:%M:%S')
        from_unixtime(-1, 'HH:mm', 'Asia/Tokyo') => '08:59' ;; python: shown('1969-12-31T23:59:59', '%H:%M', 'Asia/Tokyo')
        from_unixtime(9223372036854775807) => null ;; stated: beyond timestamps
        from_unixtime(null::int) => null ;; stated
        unix_timestamp('2024-01-01 00:00:00') => 1704067200 ;; epoch(timestamp '2024-01-01')::BIGINT
        unix_timestamp('01.01.24', 'dd.MM.yy', 'Europe/Berlin') => 1704063600 ;; python: int((moment('2024-01-01T00:00:00', 'Europe/Berlin') - datetime.datetime(1970, 1, 1)).total_seconds())
        unix_timestamp('soon') => null ;; stated
        unix_timestamp(null::string) => null ;; stated
        """#

    static let casts = #"""
        cast(' 42 ' as int) => 42 ;; ' 42 '::INT
        cast('+7' as bigint) => 7 ;; python: 7
        cast('-9223372036854775808' as bigint) => '-9223372036854775808'::bigint ;; '-9223372036854775808'::BIGINT
        cast('9223372036854775808' as bigint) => null ;; '9223372036854775808'::BIGINT
        cast('2147483648' as int) => null ;; '2147483648'::INT
        cast('1e3' as int) => null ;; stated: digits only
        cast('' as int) => null ;; ''::INT
        cast('-' as int) => null ;; '-'::INT
        cast('٣' as int) => null ;; '٣'::INT
        cast('1.5e3' as double) => 1500e0 ;; '1.5e3'::DOUBLE
        cast('NaN' as double) => 'nan'::double ;; 'NaN'::DOUBLE
        cast('-inf' as double) => '-inf'::double ;; '-inf'::DOUBLE
        cast('x' as double) => null ;; 'x'::DOUBLE
        cast('12.345' as decimal(5,2)) => 12.35 ;; '12.345'::DECIMAL(5,2)
        cast('-0.005' as decimal(5,2)) => -0.01 ;; '-0.005'::DECIMAL(5,2)
        cast('999.995' as decimal(5,2)) => null ;; '999.995'::DECIMAL(5,2)
        cast('1.2e2' as decimal(5,2)) => 120.00 ;; '1.2e2'::DECIMAL(5,2)
        cast('1e-9' as decimal(5,2)) => 0.00 ;; '1e-9'::DECIMAL(5,2)
        cast('.5' as decimal(5,2)) => 0.50 ;; '.5'::DECIMAL(5,2)
        cast('0.000123' as decimal(10,6)) => 0.000123 ;; '0.000123'::DECIMAL(10,6)
        cast('99999999999999999999999999999999999999' as decimal(38,0)) => '99999999999999999999999999999999999999'::decimal(38,0) ;; '99999999999999999999999999999999999999'::DECIMAL(38,0)
        cast('100000000000000000000000000000000000000' as decimal(38,0)) => null ;; '100000000000000000000000000000000000000'::DECIMAL(38,0)
        cast('1.2.3' as decimal(5,2)) => null ;; '1.2.3'::DECIMAL(5,2)
        cast('' as decimal(5,2)) => null ;; ''::DECIMAL(5,2)
        cast(' TRUE ' as boolean) => true ;; python: True
        cast('y' as boolean) => true ;; stated: Spark
        cast('0' as boolean) => false ;; '0'::BOOLEAN
        cast('maybe' as boolean) => null ;; 'maybe'::BOOLEAN
        cast('2024-02-29' as date) => date '2024-02-29' ;; '2024-02-29'::DATE
        cast('2023-02-29' as date) => null ;; '2023-02-29'::DATE
        cast('2024-3-5 7:08' as timestamp) => timestamp '2024-03-05 07:08:00' ;; stated: Spark
        cast('2024-03-05T07:08:09.5-01:00' as timestamp) => timestamp '2024-03-05 08:08:09.5' ;; '2024-03-05T07:08:09.5-01:00'::TIMESTAMPTZ::TIMESTAMP
        cast('now' as timestamp) => null ;; stated: results do not depend on when they are computed
        cast(date '2024-03-05' as string) => '2024-03-05' ;; date '2024-03-05'::VARCHAR
        cast(timestamp '2024-03-05 07:08:09' as string) => '2024-03-05 07:08:09' ;; timestamp '2024-03-05 07:08:09'::VARCHAR
        cast(timestamp '1969-12-31 23:59:59.250' as string) => '1969-12-31 23:59:59.25' ;; timestamp '1969-12-31 23:59:59.250'::VARCHAR
        cast(x'c3a9' as string) => 'é' ;; decode('\xC3\xA9'::BLOB)
        cast(x'ff' as string) => null ;; stated: not UTF-8
        cast('é' as binary) => x'c3a9' ;; encode('é')
        cast(true as int) => 1 ;; true::INT
        cast(false as double) => 0e0 ;; false::DOUBLE
        cast(true as decimal(3,2)) => 1.00 ;; true::DECIMAL(3,2)
        cast(true as decimal(2,2)) => null ;; stated: no room before the point
        cast(0 as boolean) => false ;; 0::BOOLEAN
        cast(-0.5 as boolean) => true ;; stated
        cast('nan'::double as boolean) => true ;; stated: Spark
        cast(true as string) => 'true' ;; true::VARCHAR
        cast(-1.50 as string) => '-1.50' ;; (-1.50)::VARCHAR
        cast(null::string as date) => null ;; null::DATE
        cast(null::timestamp as string) => null ;; null::VARCHAR
        """#

    /// On the random rows of `RandomRows`; behind `;;` DuckDB's SQL where it is written otherwise.
    static let random = #"""
        length(s)
        octet_length(s) ;; strlen(s)
        upper(u) ;; replace(upper(u), 'ẞ', 'SS')
        lower(s)
        trim(s)
        trim(s, u)
        ltrim(s, u)
        rtrim(s, 'aé ')
        concat(s, '-', u) ;; s || '-' || u
        concat_ws('-', s, u, s)
        substring(s, 2, 3)
        substring(s, -3)
        left(s, 3)
        right(s, 3)
        lpad(s, i, 'xé') ;; CASE WHEN s IS NULL THEN null WHEN i <= 0 THEN '' WHEN i < length(s) THEN left(s, i) ELSE lpad(s, i, 'xé') END
        rpad(s, 9, '-')
        replace(s, u, 'Ü') ;; CASE WHEN u = '' THEN s ELSE replace(s, u, 'Ü') END
        translate(s, 'aé1', 'b')
        repeat(u, k) ;; CASE WHEN k < 0 THEN repeat(u, 0) ELSE repeat(u, k) END
        split_part(s, 'a', k) ;; CASE WHEN k = 0 THEN null ELSE split_part(s, 'a', k) END
        ascii(s)
        instr(s, u) ;; CASE WHEN u = '' THEN CASE WHEN s IS NULL THEN null ELSE 1 END ELSE instr(s, u) END
        startswith(s, u) ;; starts_with(s, u)
        endswith(s, u) ;; ends_with(s, u)
        contains(s, u)
        like(s, '%a_b%') ;; s LIKE '%a_b%'
        like(s, '_%é') ;; s LIKE '_%é'
        ilike(s, '%É%') ;; s ILIKE '%É%'
        rlike(s, '[aé]+\d') ;; regexp_matches(s, '[aé]+\d')
        regexp_extract(s, '([ab]+)(.)', 2) ;; regexp_extract(s, '([ab]+)(.)', 2)
        regexp_replace(s, '([a-z])|\d', '<$1>') ;; regexp_replace(s, '([a-z])|\d', '<\1>', 'g')
        hex(s)
        md5(s)
        sha2(s, 256) ;; sha256(s)
        base64(s) ;; base64(encode(s))
        abs(m)
        abs(n)
        sign(m)
        ceil(x)
        floor(m)
        round(x, 1)
        round(m, 1)
        round(m, -1)
        bround(m, 2) ;; round_even(m, 2)
        truncate(m, 0) ;; trunc(m)
        greatest(k, i, n)
        least(x, y)
        sqrt(y)
        cbrt(x)
        ln(y)
        exp(k)
        power(y, 0.5e0)
        sin(x)
        atan2(x, y)
        degrees(x)
        bitxor(i, k) ;; xor(i, k)
        bitand(i, k) ;; i & k
        bit_count(n)
        bin(n)
        year(t)
        quarter(d)
        month(d)
        day(t)
        weekofyear(d)
        yearofweek(d) ;; isoyear(d)
        dayofyear(t)
        dayofweek_iso(t) ;; isodow(t)
        hour(t)
        minute(t)
        second(t)
        hour(t, 'Europe/Berlin') ;; hour(t AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin')
        day(t, 'America/New_York') ;; day(t AT TIME ZONE 'UTC' AT TIME ZONE 'America/New_York')
        from_utc_timestamp(t, 'Australia/Lord_Howe') ;; t AT TIME ZONE 'UTC' AT TIME ZONE 'Australia/Lord_Howe'
        date_trunc('week', t)
        date_trunc('quarter', t)
        date_trunc('month', t)
        last_day(d)
        datediff(d, e) ;; datediff('day', e, d)
        add_months(d, k) ;; (d + to_months(k))::DATE
        timestampdiff('month', date_trunc('month', t), v) ;; date_sub('month', date_trunc('month', t), v)
        timestampdiff('week', t, v) ;; date_sub('week', t, v)
        timestampdiff('hour', t, v) ;; date_sub('hour', t, v)
        timestampadd('month', k, t) ;; t + to_months(k)
        make_date(bitand(i, 2047), k, k) ;; CASE WHEN i & 2047 > 0 THEN make_date(i & 2047, k, k) END
        date_format(t, 'yyyy-MM-dd HH:mm:ss.SSS') ;; CASE WHEN year(t) BETWEEN 1000 AND 9999 THEN strftime(t, '%Y-%m-%d %H:%M:%S.%g') END
        unix_micros(t) ;; epoch_us(t)
        to_date(t) ;; t::DATE
        coalesce(s, u, 'none')
        nullif(k, 1)
        nvl2(s, k, i) ;; CASE WHEN s IS NOT NULL THEN k ELSE i END
        cast(s as int) ;; CASE WHEN regexp_full_match(trim(s), '[+-]?[0-9]+') THEN s::INT END
        cast(m as string) ;; m::VARCHAR
        cast(d as string) ;; d::VARCHAR
        cast(t as string) ;; t::VARCHAR
        cast(cast(m as string) as decimal(8,1)) ;; m::VARCHAR::DECIMAL(8,1)
        equal_null(k, i) ;; k IS NOT DISTINCT FROM i
        """#
}
