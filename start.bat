@echo off
rem Double-click on Windows: opens Handmade, setting it up the first time.
cd /d "%~dp0"

for %%p in ("py -3.11" "py -3" "python" "python3") do (
  %%~p -c "import sys; sys.exit(sys.version_info < (3, 9))" >nul 2>&1 && (
    %%~p start.py %*
    if errorlevel 1 (
      pause
      exit /b 1
    )
    exit /b 0
  )
)

echo Handmade needs Python, and none that is new enough was found on this computer.
echo Get Python 3.11 from https://www.python.org/downloads/ and tick "Add python.exe to PATH" while installing it.
echo Then double-click start.bat again.
pause
exit /b 1
